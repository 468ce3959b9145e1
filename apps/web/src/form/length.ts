/** Counts characters as the database does: after trimming, and code points instead of UTF-16 units. */
export function lengthOf(text: string): number {
  return [...text.trim()].length;
}
