/** The limit in code points. */
const LONGEST = 200;

/** What providers repeat in their errors and is no business of the thread's author: keys, accounts, addresses, machines. */
const PRIVATE: readonly RegExp[] = [
  /\bBearer\s+\S+/giu,
  /\b(?:sk|pk|rk|key|org|proj|req|acct|gsk|hf|nvapi|xai)[-_][\w*-]{4,}/giu,
  /\bAIza[\w-]+/gu,
  /\bhttps?:\/\/[^\s"'<>)]+/giu,
  /\b[\w.+-]+@[\w-]+\.[\w.-]+/gu,
  /\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/gu,
  /\b[\w-]*\*{3,}[\w-]*/gu,
  /\b(?=[\w-]*\d)[\w-]{24,}\b/gu,
];

/**
 * Makes a provider's reason fit for the log and the thread's author: one line of at most 200 characters, without control
 * characters, keys, account names, addresses and long identifiers.
 */
export function shownReason(reason: string, apiKey: string): string {
  const redacted = PRIVATE.reduce(
    (text, pattern) => text.replace(pattern, '[redacted]'),
    apiKey.length < 8 ? reason : reason.replaceAll(apiKey, '[redacted]'),
  );
  const line = redacted
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim();
  const points = [...line];
  return points.length <= LONGEST ? line : `${points.slice(0, LONGEST - 1).join('')}…`;
}
