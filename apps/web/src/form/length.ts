/** Characters as the database counts them: trimmed, and code points instead of the halves of a pair. */
export function lengthOf(text: string): number {
  return [...text.trim()].length;
}
