import type { WriterFailureKind } from '../writer.ts';
import type { ProviderRefusal } from './provider-refusal.ts';

/**
 * What a refusal means, most specific first. Codes and words count before the status, because providers use statuses
 * differently: an empty account is a 402, 403 or 429, a long text is a 400, 413 or 422, and any of these may arrive with the
 * status 200.
 */
const MEANINGS: readonly (readonly [WriterFailureKind, (refusal: ProviderRefusal, words: string) => boolean])[] = [
  // A web page with a success or a 4xx comes from something that is not the provider's API.
  ['address', ({ page, status }) => page && status < 500 && status !== 429 && status !== 408],
  [
    'quota',
    ({ status }, words) =>
      status === 402 ||
      /insufficient.(?:quota|balance|credit|fund)|billing|exceeded your current quota|credit balance|out of credits/.test(
        words,
      ),
  ],
  [
    'key',
    ({ status }, words) => status === 401 || /invalid.api.?key|incorrect api key|invalid_authentication/.test(words),
  ],
  [
    'long',
    ({ status }, words) =>
      status === 413 ||
      /context.?(?:length|window|size)|maximum.(?:context|prompt|input)|(?:prompt|input|request).(?:is )?too (?:long|large)|too many (?:input )?tokens|string_above_max/.test(
        words,
      ),
  ],
  [
    'declined',
    (_, words) => /content.?(?:filter|policy|management)|safety|moderation|flagged|responsibleai/.test(words),
  ],
  [
    'model',
    (_, words) =>
      /model.?not.?found|unknown model|no such model|invalid model|model_not_(?:exist|available)|not a valid model|model\b.{0,200}\b(?:not found|does not exist|not exist|not supported|decommissioned|deprecated|do not have access)|access to (?:the )?model/.test(
        words,
      ),
  ],
  [
    'busy',
    ({ status }, words) => status === 429 || /rate.?limit|resource_exhausted|overloaded|too many requests/.test(words),
  ],
  ['away', ({ status }) => status === 408 || status === 409 || status === 425 || status >= 500],
  ['key', ({ status }) => status === 403],
  ['address', ({ status }) => status === 404 || status === 405 || status === 410 || (status >= 300 && status < 400)],
  ['request', ({ status }) => status >= 400],
];

/** Returns what a provider's error means for the job. An unknown error with the status 200 can pass, so it is retried. */
export function classify(refusal: ProviderRefusal): WriterFailureKind {
  const words = `${refusal.codes} ${refusal.reason}`.toLowerCase();
  return MEANINGS.find(([, fits]) => fits(refusal, words))?.[0] ?? 'answer';
}

/** Whether the server does not support the JSON schema of the request. */
export function refusesFormat({ status, codes, reason }: ProviderRefusal): boolean {
  return (
    [200, 400, 422, 501].includes(status) &&
    /response_format|json_?.?schema|structured|grammar/i.test(`${codes} ${reason}`)
  );
}
