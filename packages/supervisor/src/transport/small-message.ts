/**
 * The quick way of small plain messages. Serializing twice, once to check and once for the channel, takes as long as the
 * channel itself; a value that this function approves of can be serialized, and is small, so the channel may do it alone.
 * Also loaded by the child: it imports nothing.
 */

/** Bytes, by a count that is never too low. */
const MAX_SMALL = 4096;

/** Whether a value is made of nothing but plain objects, arrays, texts, numbers and the like, and small. */
export function isSmall(value: unknown, maxBytes: number): boolean {
  try {
    return spend(value, Math.min(MAX_SMALL, maxBytes)) >= 0;
  } catch {
    return false; // a getter threw; serializing will tell
  }
}

/** What is left of the budget; negative when it did not suffice, or does not apply. Also what ends a circle. */
function spend(value: unknown, budget: number): number {
  if (typeof value === 'string') return budget - 8 - 2 * value.length;
  if (typeof value === 'number' || typeof value === 'boolean' || value === undefined || value === null) {
    return budget - 10;
  }
  if (typeof value !== 'object') return -1;
  let left = budget - 16;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length && left >= 0; index += 1) left = spend(value[index], left);
    return Object.getPrototypeOf(value) === Array.prototype ? left : -1;
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return -1;
  for (const name of Object.keys(value)) {
    if (left < 0) break;
    left = spend((value as Record<string, unknown>)[name], left - 8 - 2 * name.length);
  }
  return left;
}
