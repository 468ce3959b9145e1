import { DateTime } from 'surrealdb';

/*
 * Datetimes as text with up to nine fraction digits. The SDK's own texts (2.0.8) are wrong before 1970 and lose the
 * nanoseconds of years with more than four digits.
 */

const NANOS = 1_000_000_000n;
const FORM = /^(?:\d{4}|[+-]\d{6})-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.(\d{1,9}))?Z$/;

export function textOfDateTime(time: DateTime): string {
  const [seconds, nanos] = time.toCompact();
  return textOf(seconds * NANOS + nanos);
}

export function textOfDate(time: Date): string {
  return textOf(BigInt(time.getTime()) * 1_000_000n);
}

function textOf(total: bigint): string {
  // Counted upwards from the second, as the database does.
  const nanos = ((total % NANOS) + NANOS) % NANOS;
  const seconds = (total - nanos) / NANOS;
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
