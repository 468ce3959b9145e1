import { DateTime, Decimal, Duration, Geometry, Range, RecordId, RecordIdRange, Value } from 'surrealdb';
import { ValueError } from '../wire/value.ts';

const INT_MAX = 2n ** 63n - 1n;
const INT_MIN = -(2n ** 63n);
/** The engine's decimals have 28 digits. */
const DECIMAL = /^-?\d{1,28}(?:\.\d{1,28})?$/;
const DECIMAL_DIGITS = 28;
/** In seconds. Far above any realistic use, and far below what the engine cannot hold. */
const DURATION_MAX = 10n ** 15n;

/**
 * Refuses values that the driver cannot encode or the engine cannot hold. They would fail everything that is sent with
 * them.
 *
 * @param inner called for each part of a compound value. Default: this check
 * @throws ValueError
 */
export function requireEncodable(value: unknown, inner: (part: unknown) => void = requireEncodable): void {
  if (typeof value === 'bigint' && (value > INT_MAX || value < INT_MIN)) {
    throw new ValueError('integers have 64 bits; use a decimal for larger ones.');
  }
  // The driver would encode it as an integer and fail.
  if (Number.isInteger(value) && Math.abs(Number(value)) > 2 ** 53) {
    throw new ValueError(
      'numbers without a fraction are at most 2^53; use a big integer or a decimal for larger ones.',
    );
  }
  if (typeof value !== 'object' || value === null) return;
  if (value instanceof Decimal) requireDecimal(value);
  if (value instanceof DateTime && !/^\d{4}-/.test(value.toISOString())) {
    throw new ValueError('datetimes have years from 0 to 9999.');
  }
  if (value instanceof Duration && (value.seconds > DURATION_MAX || value.seconds < 0n)) {
    throw new ValueError('the duration is too long.');
  }
  if (value instanceof Geometry) requireCoordinates(value.toJSON());
  if (value instanceof RecordId) inner(value.id);
  if (value instanceof Range || value instanceof RecordIdRange) {
    for (const bound of [value.begin, value.end]) inner(bound?.value);
  }
  if (value instanceof Value || ArrayBuffer.isView(value)) return;
  // The driver would set it as the prototype of the object that it decodes.
  if (Object.hasOwn(value, '__proto__'))
    throw new ValueError('an object must not have a member "__proto__"; rename it.');
  for (const item of value instanceof Set || Array.isArray(value) ? value : Object.values(value)) inner(item);
}

function requireDecimal(value: Decimal): void {
  const text = value.toString();
  if (!DECIMAL.test(text) || text.replace(/[-.]/g, '').replace(/^0+/, '').length > DECIMAL_DIGITS) {
    throw new ValueError(`decimals have at most ${DECIMAL_DIGITS} digits.`);
  }
}

/** Checks every number in a GeoJSON object. */
function requireCoordinates(json: unknown): void {
  if (typeof json === 'number' && !(Math.abs(json) < 2 ** 53)) {
    throw new ValueError('the coordinates of a geometry must be finite numbers below 2^53.');
  }
  if (typeof json !== 'object' || json === null) return;
  for (const item of Object.values(json)) requireCoordinates(item);
}
