/**
 * Cuts SurrealQL that arrives in pieces into its statements: at each semicolon that stands outside of strings, names in
 * quotes, comments, regular expressions and brackets. Nothing is dropped: the statements put together are the text.
 */

/** What ends a stretch in which nothing else counts, by what begins it. */
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

/** A slash after one of these divides; after anything else it begins a regular expression. */
const ENDS_A_VALUE = /[\w)\]}'"`⟩$]/;

export class StatementSplitter {
  #text = '';
  #at = 0;
  #depth = 0;
  #closer: string | undefined;
  /** The last character that is neither space nor comment. */
  #last = '';

  /** Takes the next piece; gives the statements that it completes, each with its semicolon. */
  push(piece: string): string[] {
    this.#text += piece;
    const statements: string[] = [];
    let start = 0;
    // The last character waits for its successor, with which it may be one token.
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

  /** How much waits for the end of its statement, in characters. */
  get pending(): number {
    return this.#text.length;
  }

  /** What is left when there is no more to come. */
  end(): string {
    const rest = this.#text;
    this.#text = '';
    this.#at = 0;
    return rest;
  }

  /** Reads one token; whether it ended a statement. */
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
