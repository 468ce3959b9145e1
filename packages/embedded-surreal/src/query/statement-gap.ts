/**
 * Patterns for what may stand between two words of a statement: spaces and comments, never more than the engine skips.
 */

/**
 * A comment up to the end of its line. The engine ends it at each of these characters. If this server ended it later,
 * the rest would be a statement for the engine and a comment for this server.
 */
export const LINE_COMMENT: string = String.raw`(?:--|//|#)[^\n\r\v\f\u0085\u2028\u2029]*`;
export const GAP: string = String.raw`(?:[ \t\r\n]|/\*(?:(?!\*/)[\s\S])*\*/|${LINE_COMMENT}\n)`;
