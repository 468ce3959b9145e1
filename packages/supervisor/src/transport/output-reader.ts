import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { Deadline } from '../terminate/deadline.ts';
import { OutputLines, type OutputPiece } from './output-lines.ts';

/** How long text may wait for its newline, such as a prompt. Milliseconds. */
const PARTIAL_MS = 1000;
/** The same for text that replaces text already shown, such as a progress bar. A shorter time would fill logs. */
const REDRAWN_MS = 10_000;

/** Reads an output stream of a child: bytes become text, and text becomes lines. Invalid UTF-8 becomes U+FFFD. */
export class OutputReader {
  readonly #decoder = new StringDecoder('utf8');
  readonly #lines: OutputLines;
  readonly #timer = new Deadline();
  #isArmed = false;
  #bytes = 0;

  constructor(stream: Readable | null, take: (piece: OutputPiece) => void) {
    this.#lines = new OutputLines(take);
    stream?.on('data', (chunk: Buffer) => this.#read(chunk));
    stream?.on('error', () => {}); // the exit event follows
  }

  /** The number of bytes read. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Emits what is left. */
  finish(): void {
    this.#disarm();
    this.#lines.push(this.#decoder.end());
    this.#lines.finish();
  }

  #read(chunk: Buffer): void {
    this.#bytes += chunk.byteLength;
    if (chunk.includes('\n')) this.#disarm(); // the text that waited is complete
    this.#lines.push(this.#decoder.write(chunk));
    this.#arm();
  }

  #arm(): void {
    const { waiting } = this.#lines;
    if (this.#isArmed || waiting === 'nothing') return;
    this.#isArmed = true;
    const show = () => {
      this.#isArmed = false;
      this.#lines.showPartial();
    };
    // Patient: after the host has stalled, the newline may have arrived but not been read.
    this.#timer.arm(waiting === 'text' ? PARTIAL_MS : REDRAWN_MS, show, true);
  }

  #disarm(): void {
    this.#timer.disarm();
    this.#isArmed = false;
  }
}
