import { printable, printableJson, printableJsonText } from './printable.ts';

const LEVELS: Readonly<Record<number, string>> = { 10: 'trace', 20: 'debug', 40: 'warn', 50: 'error', 60: 'fatal' };
/** Fields that are not printed, because every record has them or they are printed in another form. */
const NOISE = new Set(['level', 'time', 'pid', 'hostname', 'msg', 'name', 'err', 'v']);

/** More parts of an AggregateError are counted only. */
const MAX_PARTS = 3;

/**
 * Formats a line of a command's own logger, as readable text or as JSON. Escapes control characters in both forms, because rows and
 * backends can contain them and a log in JSON may be viewed in a terminal too.
 */
export function logLine(line: string, readable: boolean): string {
  const text = line.trimEnd();
  return readable ? (readableRecord(text) ?? printable(text)) : printableJsonText(text);
}

/**
 * Formats a JSON log record of pino as one readable line. Returns `undefined` for any other line.
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

/** The logger has added the messages of the causes to the message, but lists the parts of an AggregateError separately. */
function errorText(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('message' in error)) return '';
  return `(${printable(messageOf(error))})`;
}

function messageOf(error: object): string {
  const { message, aggregateErrors } = error as { message?: unknown; aggregateErrors?: unknown };
  if (!Array.isArray(aggregateErrors) || aggregateErrors.length === 0) return String(message);
  const parts = aggregateErrors.slice(0, MAX_PARTS).map((part) => messageOf(Object(part)));
  const more = aggregateErrors.length > MAX_PARTS ? ` and ${aggregateErrors.length - MAX_PARTS} more` : '';
  return `${message || 'several errors'}: ${parts.join('; ')}${more}`;
}
