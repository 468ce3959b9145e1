import { DateTime } from 'surrealdb';
import { ExactDate } from './exact-date.ts';

/*
 * Datetimes as text with up to nine fraction digits. The SDK's own texts (2.0.8) are wrong before 1970 and lose the
 * nanoseconds of years with more than four digits.
 */

const NANOS = 1_000_000_000n;
const FORM = /^(?:\d{4}|[+-]\d{6})-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.(\d{1,9}))?Z$/;
/** The furthest second from 1970 that a JavaScript Date can hold. */
const SECONDS_MAX = 8_640_000_000_000n;

/** `undefined` for a datetime that a JavaScript Date cannot hold, about 271,800 years from now. */
export function textOfDateTime(time: DateTime): string | undefined {
  const [seconds, nanos] = time.toCompact();
  return textOf(seconds * NANOS + nanos);
}

/** `undefined` for an invalid Date. */
export function textOfDate(time: Date): string | undefined {
  if (time instanceof ExactDate) return textOfDateTime(time.toDateTime());
  const ms = time.getTime();
  return Number.isNaN(ms) ? undefined : textOf(BigInt(ms) * 1_000_000n);
}

function textOf(total: bigint): string | undefined {
  // Counted upwards from the second, as the database does.
  const nanos = ((total % NANOS) + NANOS) % NANOS;
  const seconds = (total - nanos) / NANOS;
  if (seconds > SECONDS_MAX || seconds < -SECONDS_MAX) return undefined;
  const whole = new Date(Number(seconds) * 1000).toISOString().slice(0, -5);
  return nanos === 0n ? `${whole}Z` : `${whole}.${nanos.toString().padStart(9, '0').replace(/0+$/, '')}Z`;
}

/** `undefined` for text that is not a datetime of this form. */
export function parseDateTime(text: string): DateTime | undefined {
  const match = FORM.exec(text);
  if (match === null) return undefined;
  const [, fraction = ''] = match;
  const ms = Date.parse(fraction === '' ? text : text.replace(`.${fraction}`, ''));
  return Number.isNaN(ms) ? undefined : new DateTime([BigInt(ms / 1000), BigInt(fraction.padEnd(9, '0'))]);
}
