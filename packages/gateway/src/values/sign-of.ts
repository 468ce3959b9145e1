/** Compares by value, also a number with a bigint. */
export function signOf(left: number | bigint, right: number | bigint): -1 | 0 | 1 {
  return left < right ? -1 : left > right ? 1 : 0;
}
