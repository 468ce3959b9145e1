/** A text with more of it before the mark; undefined when it has no mark. */
export function insertBefore(mark: string, text: string, more: string): string | undefined {
  const at = text.indexOf(mark);
  return at === -1 ? undefined : text.slice(0, at) + more + text.slice(at);
}
