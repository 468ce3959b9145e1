import type { OutputPiece } from '../transport/output-lines.ts';
import { cutAt } from '../transport/text-cut.ts';

const MAX_LINES = 50;
const MAX_LENGTH = 1000;

/** The last lines of a stream, each at most 1,000 UTF-16 units long. The pieces of one line count once. */
export class LastLines {
  readonly #lines: string[] = [];
  #isPartial = false;

  add({ whole, partial }: OutputPiece): void {
    if (this.#isPartial) this.#lines.pop();
    this.#lines.push(whole.slice(0, cutAt(whole, MAX_LENGTH)));
    if (this.#lines.length > MAX_LINES) this.#lines.shift();
    this.#isPartial = partial;
  }

  /** A copy of the lines, the oldest first. */
  get lines(): readonly string[] {
    return [...this.#lines];
  }
}
