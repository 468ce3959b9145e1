import { shorten } from '../transport/text-cut.ts';
import type { ErrorDetail, ErrorPlace } from './error-detail.ts';

const MAX_LENGTH = 16 * 1024;
const MAX_CAUSES = 3;
const MAX_PARTS = 3;

/** Describes an error in one text for people: its message, its parts and its causes. */
export function failureText(detail: ErrorDetail): string {
  return shorten(withCauses(detail, MAX_CAUSES), MAX_LENGTH);
}

/** Returns a place as `dist/worker.js:12:5`. */
export function placeText({ file, line, column }: ErrorPlace): string {
  return [file, line, column].filter((part) => part !== undefined).join(':');
}

function withCauses(detail: ErrorDetail, left: number): string {
  const { message, cause, errors = [] } = detail;
  const parts = errors.slice(0, MAX_PARTS).map((part) => part.message);
  const more = errors.length > MAX_PARTS ? ` and ${errors.length - MAX_PARTS} more` : '';
  const own = parts.length === 0 ? message : `${message}: ${parts.join('; ')}${more}`;
  // Many messages repeat the message of their cause.
  if (cause === undefined || left === 0 || own.includes(cause.message)) return own;
  return `${own}; caused by: ${withCauses(cause, left - 1)}`;
}
