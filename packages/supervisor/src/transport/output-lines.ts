import { CUT_MARGIN, cutAt } from './text-cut.ts';

/** Longer lines are split into pieces of at most this many UTF-16 units. */
const MAX_LINE = 16 * 1024;

/** A line of output, or a piece of one. */
export interface OutputPiece {
  readonly text: string;
  /** More of this line follows, or may follow. */
  readonly partial: boolean;
  /** The text continues the previous piece. Otherwise it begins a line, or replaces a partial piece. */
  readonly continues: boolean;
  /** The line from its start to the end of this piece, at most MAX_LINE units. */
  readonly whole: string;
}

/**
 * Splits a stream of text chunks into lines. A carriage return goes back to the start of the line, as in a terminal:
 * only the last state of a progress bar is kept. Memory is bounded even if no newline ever comes.
 *
 *   push ──newline──▶ a whole line
 *     ├── too long ─▶ a partial piece, and the rest continues it
 *     └── (waits) ──showPartial──▶ a partial piece, and the rest continues it, or replaces it after a carriage return
 */
export class OutputLines {
  /** What the line shows, and the carriage returns after it. Without the pieces that were cut off. */
  #rest = '';
  /** The length of the part of `#rest` that was emitted. */
  #shown = 0;
  /** The start of a line from which pieces were cut off. */
  #head: string | undefined;
  /** The last piece of this line was partial, so the next one continues it. */
  #isContinued = false;
  #isRedrawn = false;
  readonly #onPiece: (piece: OutputPiece) => void;

  constructor(take: (piece: OutputPiece) => void) {
    this.#onPiece = take;
  }

  /** What waits for a newline: nothing, text, or text that replaces a partial piece. */
  get waiting(): 'nothing' | 'text' | 'redrawn text' {
    if (this.#text.length <= this.#shown) return 'nothing';
    return this.#isRedrawn ? 'redrawn text' : 'text';
  }

  push(chunk: string): void {
    const lines = chunk.split('\n');
    const last = lines.pop() ?? '';
    for (const line of lines) {
      this.#append(line);
      this.end();
    }
    this.#append(last);
    if (this.#rest.length - this.#shown > MAX_LINE + CUT_MARGIN) this.#drop(this.#cut(CUT_MARGIN));
  }

  /** Emits the text that waits for a newline. */
  showPartial(): void {
    const { length } = this.#text;
    if (length <= this.#shown) return;
    this.#emit(this.#cut(0), length, true);
    this.#shown = length;
    if (length > MAX_LINE) this.#drop(length);
  }

  /** Ends the line. A line that is empty is emitted too. */
  end(): void {
    this.#emit(this.#cut(0), this.#text.length, false);
    this.#rest = '';
    this.#shown = 0;
    this.#head = undefined;
    this.#isContinued = false;
    this.#isRedrawn = false;
  }

  /** Ends the stream: emits the text after the last newline. */
  finish(): void {
    if (this.#rest !== '' || this.#isContinued) this.end();
  }

  get #text(): string {
    return this.#rest.endsWith('\r') ? this.#rest.slice(0, -1) : this.#rest;
  }

  /** Adds text without newlines, and drops what its carriage returns overwrite. */
  #append(text: string): void {
    const mayOverwrite = this.#rest.endsWith('\r') || text.includes('\r');
    this.#rest += text;
    if (!mayOverwrite) return;
    const visible = this.#rest.replace(/\r+$/, '');
    const start = visible.lastIndexOf('\r') + 1;
    this.#rest = visible.slice(start) + (visible.length < this.#rest.length ? '\r' : '');
    if (start === 0) return;
    this.#shown = 0;
    this.#head = undefined;
    this.#isRedrawn ||= this.#isContinued;
    this.#isContinued = false;
  }

  /** Emits pieces of full length until the text is at most `margin` longer than one. Returns where the rest begins. */
  #cut(margin: number): number {
    const text = this.#text;
    let at = this.#shown;
    while (text.length - at > MAX_LINE + margin) {
      const next = at + cutAt(text.slice(at, at + MAX_LINE + CUT_MARGIN), MAX_LINE);
      this.#emit(at, next, true);
      at = next;
    }
    return at;
  }

  #emit(start: number, end: number, partial: boolean): void {
    const whole = this.#head ?? this.#text.slice(0, Math.min(end, MAX_LINE));
    const piece = { text: this.#text.slice(start, end), partial, continues: this.#isContinued, whole };
    this.#isContinued = partial;
    this.#onPiece(piece);
  }

  /** Forgets the first units of the rest, which were emitted. */
  #drop(length: number): void {
    this.#head ??= this.#rest.slice(0, MAX_LINE);
    this.#rest = this.#rest.slice(length);
    this.#shown = 0;
  }
}
