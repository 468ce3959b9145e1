import { shorten } from '../transport/text-cut.ts';

/** An error of an entry in a form that can be sent between processes. Texts and lists are bounded. */
export interface ErrorDetail {
  readonly message: string;
  /** The name of an error, such as `TypeError`. Absent for other thrown values. */
  readonly name?: string;
  readonly code?: string;
  readonly stack?: string;
  readonly place?: ErrorPlace;
  /** What Node adds to an error of the operating system: `errno`, `syscall`, `path`, `dest`, `address`, `port`. */
  readonly system?: Readonly<Record<string, string | number>>;
  readonly cause?: ErrorDetail;
  /** The parts of an AggregateError. */
  readonly errors?: readonly ErrorDetail[];
  /** The number of causes and parts that were left out: too many, too deep, or a repetition in a circle. */
  readonly omitted?: number;
}

/** Where an error is: in the source file, if there is a source map. */
export interface ErrorPlace {
  /** Relative to the root, or absolute if the file is outside. */
  readonly file: string;
  /** From 1. */
  readonly line?: number;
  /** From 1. */
  readonly column?: number;
}

export const SYSTEM_FIELDS = ['errno', 'syscall', 'path', 'dest', 'address', 'port'] as const;
export type SystemField = (typeof SYSTEM_FIELDS)[number];
export const NO_REASON = 'failed without a reason';

/** At most so many errors in one detail, so many causes below each other, and so many parts of one error. */
const MAX_ERRORS = 32;
const MAX_DEPTH = 8;
export const MAX_PARTS = 10;
/** The maximum length of a text, and of all texts together. */
const MAX_TEXT = 16 * 1024;
const MAX_TEXTS = 128 * 1024;

/** What is left of the bounds of one detail. */
export class DetailBudget {
  #errors = MAX_ERRORS;
  #texts = MAX_TEXTS;

  /** Returns whether another error fits at this depth, and counts it. */
  takesError(depth: number): boolean {
    if (depth > MAX_DEPTH || this.#errors === 0) return false;
    this.#errors -= 1;
    return true;
  }

  text(text: string): string {
    const kept = shorten(text, Math.min(MAX_TEXT, this.#texts));
    this.#texts = Math.max(0, this.#texts - kept.length);
    return kept;
  }
}
