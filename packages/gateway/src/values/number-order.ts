import { Decimal } from 'surrealdb';
import { signOf } from './sign-of.ts';

/** A number as the driver decodes it. */
export type AnyNumber = number | bigint | Decimal;

/**
 * Compares two numbers as the engine (3.0.2) does: by value, whatever their kinds. Negative if `left` is less.
 *
 * @returns undefined if the decoded values do not decide it
 */
export function orderOfNumbers(left: AnyNumber, right: AnyNumber): number | undefined {
  if (isAmbiguous(left) || isAmbiguous(right)) return undefined;
  if (left instanceof Decimal) {
    if (typeof right === 'number') return negated(orderOfFloatAndDecimal(right, left));
    return orderOfScaled(scaledOf(left), right instanceof Decimal ? scaledOf(right) : { digits: right, scale: 0 });
  }
  if (!(right instanceof Decimal)) return signOf(left, right);
  if (typeof left === 'number') return orderOfFloatAndDecimal(left, right);
  return orderOfScaled({ digits: left, scale: 0 }, scaledOf(right));
}

/** The engine sorts NaN by its sign, which decoding loses. */
function isAmbiguous(value: AnyNumber): boolean {
  return typeof value === 'number' && Number.isNaN(value);
}

/** digits × 10^-scale */
interface Scaled {
  readonly digits: bigint;
  readonly scale: number;
}

function scaledOf(decimal: Decimal): Scaled {
  const [whole = '', fraction = ''] = decimal.toString().split('.');
  return { digits: BigInt(`${whole}${fraction}`), scale: fraction.length };
}

function orderOfScaled(left: Scaled, right: Scaled): number {
  const scale = Math.max(left.scale, right.scale);
  return signOf(left.digits * 10n ** BigInt(scale - left.scale), right.digits * 10n ** BigInt(scale - right.scale));
}

/**
 * The engine compares the fractions of a float and a decimal by multiplying both, which rounds the float. So 0.1f equals
 * 0.1dec. Only fractions that clearly differ, or that a float holds exactly, are decided here.
 */
function orderOfFloatAndDecimal(float: number, decimal: Decimal): number | undefined {
  if (!Number.isFinite(float)) return Math.sign(float);
  const { digits, scale } = scaledOf(decimal);
  const unit = 10n ** BigInt(scale);
  const whole = signOf(BigInt(Math.trunc(float)), digits / unit);
  if (whole !== 0) return whole;
  const fraction = float % 1;
  const rest = digits % unit;
  if (fraction === 0 || rest === 0n) return signOf(fraction, rest);
  const difference = fraction - Number(rest) / Number(unit);
  if (Math.abs(difference) > CLEARLY_DIFFERENT) return Math.sign(difference);
  const isExact = Number.isInteger(fraction * EXACT_PARTS);
  return isExact && BigInt(fraction * EXACT_PARTS) * unit === rest * BigInt(EXACT_PARTS) ? 0 : undefined;
}

const CLEARLY_DIFFERENT = 1e-12;
const EXACT_PARTS = 32;

function negated(order: number | undefined): number | undefined {
  return order === undefined ? undefined : 0 - order;
}
