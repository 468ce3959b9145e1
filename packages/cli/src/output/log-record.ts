const LEVELS: Readonly<Record<number, string>> = { 10: 'trace', 20: 'debug', 40: 'warn', 50: 'error', 60: 'fatal' };
/** What every record has, and nobody needs to read again. */
const NOISE = new Set(['level', 'time', 'pid', 'hostname', 'msg', 'name', 'err', 'v']);

/** A line that is a JSON log record (pino's), as a person would write it; `undefined` for any other line. */
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
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const error = errorText(record.err);
  return [level === undefined ? '' : `${level}:`, record.msg, ...fields, error].filter((part) => part !== '').join(' ');
}

function errorText(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('message' in error)) return '';
  return `(${String(error.message)})`;
}
