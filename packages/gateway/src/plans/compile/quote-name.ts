/** Quotes a name, so that the engine never reads it as a keyword or anything else. */
export function quoteName(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
}

export function quotePath(segments: readonly string[]): string {
  return segments.map(quoteName).join('.');
}
