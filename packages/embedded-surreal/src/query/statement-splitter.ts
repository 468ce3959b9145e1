/**
 * Splits SurrealQL that arrives in pieces into statements: at each semicolon outside of strings, quoted names,
 * comments, regular expressions and brackets. Nothing is lost: the statements joined together are the text.
 */

/** The token that ends a quoted section, by the token that starts it. */
const closers: ReadonlyMap<string, string> = new Map([
  ["'", "'"],
  ['"', '"'],
  ['`', '`'],
  ['⟨', '⟩'],
  ['--', '\n'],
  ['//', '\n'],
  ['#', '\n'],
  ['/*', '*/'],
]);

/** After one of these a slash is a division; after anything else it starts a regular expression. */
const ENDS_A_VALUE = /[\w)\]}'"`⟩$]/;

export class StatementSplitter {
  #text = '';
  #at = 0;
  #depth = 0;
  #closer: string | undefined;
  /** The last character that is neither a space nor part of a comment. */
  #last = '';

  /** Adds the next piece. Returns the statements that it completes, each with its semicolon. */
  push(piece: string): string[] {
    this.#text += piece;
    const statements: string[] = [];
    let start = 0;
    // The last character waits for the next one, because both may form one token.
    while (this.#at < this.#text.length - 1) {
      if (this.#step()) {
        statements.push(this.#text.slice(start, this.#at));
        start = this.#at;
      }
    }
    this.#text = this.#text.slice(start);
    this.#at -= start;
    return statements;
  }

  /** The size of the incomplete statement, in characters. */
  get pending(): number {
    return this.#text.length;
  }

  /** Returns the rest when the text is complete. */
  end(): string {
    const rest = this.#text;
    this.#text = '';
    this.#at = 0;
    return rest;
  }

  /** Reads one token. Returns whether it ended a statement. */
  #step(): boolean {
    const one = this.#text.charAt(this.#at);
    const two = this.#text.slice(this.#at, this.#at + 2);
    if (this.#closer !== undefined) {
      this.#close(this.#closer, one, two);
      return false;
    }
    const opener = closers.has(two) ? two : one;
    this.#closer = closers.get(opener) ?? (one === '/' && !ENDS_A_VALUE.test(this.#last) ? '/' : undefined);
    this.#at += this.#closer === undefined ? 1 : opener.length;
    if (this.#closer === undefined && one.trim() !== '') this.#last = one;
    if ('([{'.includes(one)) this.#depth += 1;
    if (')]}'.includes(one)) this.#depth = Math.max(0, this.#depth - 1);
    return one === ';' && this.#depth === 0 && this.#closer === undefined;
  }

  #close(closer: string, one: string, two: string): void {
    const isComment = closer === '\n' || closer === '*/';
    if (one === '\\' && !isComment) {
      this.#at += 2;
      return;
    }
    const ends = closer.length === 2 ? two === closer : one === closer || (closer === '/' && one === '\n');
    this.#at += ends ? closer.length : 1;
    if (!ends) return;
    this.#closer = undefined;
    if (!isComment) this.#last = closer === '/' ? ')' : closer;
  }
}
