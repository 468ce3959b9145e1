/** Compares byte by byte, then by length, as the engine does. Negative if `left` sorts first. Runs in browsers too. */
export function orderOfBytes(left: Uint8Array, right: Uint8Array): number {
  const at = left.findIndex((byte, index) => byte !== right[index]);
  if (at < 0 || at >= right.length) return left.length - right.length;
  return (left[at] ?? 0) - (right[at] ?? 0);
}
