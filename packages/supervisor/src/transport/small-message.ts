/**
 * The fast path for small plain messages. Serializing twice, once to check and once for the channel, takes as long as
 * the channel itself. A value that `isSmall` accepts can certainly be serialized and is small, so the channel
 * serializes it alone. The child loads this file too, so it imports nothing.
 */

/** Bytes, by an estimate that is never too low. */
const MAX_SMALL = 4096;

/**
 * Whether a value is small and consists only of plain objects, arrays, strings, numbers, booleans, `null` and
 * `undefined`.
 */
export function isSmall(value: unknown, maxBytes: number): boolean {
  try {
    return budgetAfter(value, Math.min(MAX_SMALL, maxBytes)) >= 0;
  } catch {
    return false; // a getter threw; serializing reports the error
  }
}

/**
 * Returns the rest of the budget; negative if the value is too large or not plain. The budget also ends a circular
 * structure.
 */
function budgetAfter(value: unknown, budget: number): number {
  if (typeof value === 'string') return budget - 8 - 2 * value.length;
  if (typeof value === 'number' || typeof value === 'boolean' || value === undefined || value === null) {
    return budget - 10;
  }
  if (typeof value !== 'object') return -1;
  let left = budget - 16;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length && left >= 0; index += 1) left = budgetAfter(value[index], left);
    return Object.getPrototypeOf(value) === Array.prototype ? left : -1;
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return -1;
  for (const name of Object.keys(value)) {
    if (left < 0) break;
    left = budgetAfter((value as Record<string, unknown>)[name], left - 8 - 2 * name.length);
  }
  return left;
}
