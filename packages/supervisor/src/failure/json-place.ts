import { readFileSync } from 'node:fs';
import type { ErrorPlace } from './error-detail.ts';

/** Returns the place of a mistake in a JSON module. The message of the error begins with the file. */
export function jsonPlace(message: string): ErrorPlace | undefined {
  const [, file, reason = ''] = /^((?:\/|[A-Za-z]:[\\/]).*?\.json): (.*)$/s.exec(message) ?? [];
  if (file === undefined) return undefined;
  const [, line, column] = /\(line (\d+) column (\d+)\)/.exec(reason) ?? [];
  if (line !== undefined) return { file, line: Number(line), column: Number(column) };
  return { file, ...positionOf(file, reason) };
}

/** V8 leaves the position out if it names the unexpected token, or if the text ends too early. */
function positionOf(file: string, reason: string): { line: number; column: number } | undefined {
  const [token] = /^Unexpected token '.+?'/s.exec(reason) ?? [];
  try {
    const text = readFileSync(file, 'utf8').replace(/^\ufeff/, '');
    const before = text.slice(0, token === undefined ? text.length : startOf(token, text)).split('\n');
    return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
  } catch {
    return undefined;
  }
}

/** Finds the shortest start of the text that has the same mistake. The mistake is its last character. */
function startOf(token: string, text: string): number {
  let [low, high] = [1, text.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (failsWith(token, text.slice(0, middle))) high = middle;
    else low = middle + 1;
  }
  return low - 1;
}

function failsWith(token: string, text: string): boolean {
  try {
    JSON.parse(text);
    return false;
  } catch (error) {
    return error instanceof Error && error.message.startsWith(token);
  }
}
