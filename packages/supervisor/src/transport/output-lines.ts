/** Longer lines are split into pieces of this many characters. */
const MAX_LINE = 16 * 1024;

/**
 * Splits a stream of text chunks into lines. A carriage return goes back to the start of the line, as in a terminal:
 * only the last state of a progress bar is kept. Memory is bounded even if no newline ever comes.
 */
export class OutputLines {
  #rest = '';
  readonly #onLine: (line: string) => void;

  constructor(take: (line: string) => void) {
    this.#onLine = take;
  }

  push(chunk: string): void {
    const parts = (this.#rest + chunk).split('\n');
    this.#rest = parts.pop() ?? '';
    for (const part of parts) this.#emit(part);
    if (this.#rest.length <= MAX_LINE) return;
    this.#rest = visibleText(this.#rest) + (this.#rest.endsWith('\r') ? '\r' : '');
    while (this.#rest.length > MAX_LINE) {
      this.#onLine(this.#rest.slice(0, MAX_LINE));
      this.#rest = this.#rest.slice(MAX_LINE);
    }
  }

  /** Emits the text after the last newline. */
  end(): void {
    if (this.#rest !== '') this.#emit(this.#rest);
    this.#rest = '';
  }

  #emit(part: string): void {
    const line = visibleText(part);
    for (let at = 0; at === 0 || at < line.length; at += MAX_LINE) this.#onLine(line.slice(at, at + MAX_LINE));
  }
}

function visibleText(line: string): string {
  const text = line.replace(/\r+$/, '');
  return text.slice(text.lastIndexOf('\r') + 1);
}
