import { OUTBOX_VERSION, type OutboxNames, outboxTemplate, RULE_MARKS } from './template.ts';

/** The parts of an outbox file. */
export interface OutboxFile {
  /** The version of the template that it was written from. */
  readonly version: number;
  /** The text between the marks, byte for byte. */
  readonly rule: string;
}

/**
 * The rule of a new outbox: every signed-in user may start jobs for themselves, and no user may assign a job to a
 * record.
 */
export function defaultRule(table: string): string {
  return `-- Who makes jobs: the user that \`$auth\` is. With \`record<user>\` the generated types know the table.
DEFINE FIELD OVERWRITE created_by ON ${table} TYPE option<record> DEFAULT $auth.id READONLY;
-- The record a job is about, such as \`option<record<thread>>\`.
DEFINE FIELD OVERWRITE assigned_to ON ${table} TYPE option<record> READONLY;
-- Whether the user may start jobs for that record, and so may see, cancel and retry all of its jobs, such as:
-- RETURN $auth.id != NONE AND $job.assigned_to.author = $auth.id;
DEFINE FUNCTION OVERWRITE fn::${table}::may_assign($job: object) {
  RETURN false;
};
`;
}

/**
 * Returns the text of a new outbox file.
 *
 * @param rule default: `defaultRule`
 */
export function newOutboxFile(names: OutboxNames, rule = defaultRule(names.table)): string {
  return outboxTemplate(names, rule);
}

/** Parses a file; undefined if it has no version or lacks one of the marks, each on its own line. */
export function parseOutboxFile(text: string): OutboxFile | undefined {
  const version = /^\uFEFF?-- spooky outbox, version (\d+)\r?$/m.exec(text)?.[1];
  const begin = lineAt(text, RULE_MARKS.begin);
  const end = lineAt(text, RULE_MARKS.end);
  if (version === undefined || begin === undefined || end === undefined || end.start < begin.end) return undefined;
  return { version: Number(version), rule: text.slice(begin.end, end.start) };
}

/**
 * Upgrades a file: the template of this engine around the same rule, with the line ends of the file's first line.
 *
 * @returns undefined if the text is no outbox file
 * @throws RangeError if the file was written by a later engine
 */
export function upgradeOutboxFile(text: string, names: OutboxNames): string | undefined {
  const file = parseOutboxFile(text);
  if (file === undefined) return undefined;
  if (file.version > OUTBOX_VERSION) {
    throw new RangeError(`has version ${file.version}, and this engine has ${OUTBOX_VERSION}`);
  }
  const [before = '', after = ''] = outboxTemplate(names, RULE).split(RULE);
  const lineEnds = (part: string) => (/^[^\n]*\r\n/.test(text) ? part.replaceAll('\n', '\r\n') : part);
  return lineEnds(before) + file.rule + lineEnds(after);
}

/** A placeholder for the rule while the template is split; no template contains it. */
const RULE = '\0';

/** Finds a line that consists of exactly this text, including its line end. */
function lineAt(text: string, line: string): { readonly start: number; readonly end: number } | undefined {
  const start = `\n${text}`.indexOf(`\n${line}`);
  if (start < 0) return undefined;
  const newline = text.indexOf('\n', start);
  const end = newline < 0 ? text.length : newline + 1;
  return text.slice(start + line.length, end).trim() === '' ? { start, end } : undefined;
}
