import { printable, printableJson, printableJsonText } from './printable.ts';

const LEVELS: Readonly<Record<number, string>> = { 10: 'trace', 20: 'debug', 40: 'warn', 50: 'error', 60: 'fatal' };
/** What every record has, and what a reader does not need again. */
const NOISE = new Set(['level', 'time', 'pid', 'hostname', 'msg', 'name', 'err', 'v']);

/**
 * A line of a command's own logger, as it goes to standard output: for a person, or as JSON. Either way nothing that a row or a
 * backend says reaches a terminal as a control character, also when a log in JSON is looked at in one.
 */
export function logLine(line: string, readable: boolean): string {
  const text = line.trimEnd();
  return readable ? (readableRecord(text) ?? printable(text)) : printableJsonText(text);
}

/**
 * A line that is a JSON log record (pino's), as a person would write it, on one line whatever its fields hold;
 * `undefined` for any other line.
 */
export function readableRecord(line: string): string | undefined {
  if (!line.startsWith('{"level":')) return undefined;
  let record: Record<string, unknown>;
  try {
    record = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof record.level !== 'number' || typeof record.msg !== 'string') return undefined;
  const level = LEVELS[record.level];
  const fields = Object.entries(record)
    .filter(([name]) => !NOISE.has(name))
    .map(
      ([name, value]) => `${printable(name)}=${typeof value === 'string' ? printable(value) : printableJson(value)}`,
    );
  const error = errorText(record.err);
  return [level === undefined ? '' : `${level}:`, printable(record.msg), ...fields, error]
    .filter((part) => part !== '')
    .join(' ');
}

function errorText(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('message' in error)) return '';
  return `(${printable(String(error.message))})`;
}
