/**
 * Compares two texts by their UTF-8 bytes, as the engine does. JavaScript compares UTF-16 units, in which the characters
 * outside the basic plane sort before those from U+E000 to U+FFFF. Negative if `left` sorts first.
 *
 * @returns undefined for a text with half a surrogate pair, which the engine cannot hold
 */
export function orderOfTexts(left: string, right: string): number | undefined {
  if (left === right) return 0;
  if (!left.isWellFormed() || !right.isWellFormed()) return undefined;
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at += 1) {
    const [one, other] = [left.charCodeAt(at), right.charCodeAt(at)];
    if (one !== other) return rankOf(one) - rankOf(other);
  }
  return left.length - right.length;
}

/** Moves the surrogates behind all other units. */
function rankOf(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
