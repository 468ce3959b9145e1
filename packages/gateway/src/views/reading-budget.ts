import type { View } from './view.ts';

/*
 * How much of the rounds' time each reader may take. One account with expensive queries must not make everybody wait:
 *
 *   free ──its views were read──▶ spent ──time passes──▶ free
 *
 * A reader who has spent everything waits for a later round with the views that have no other reader. The cost of a view is
 * shared by its readers, and it is read as long as one of them is free. A reader who is alone never waits.
 */

export interface ReadingLimits {
  /** What a reader may spend at once. */
  readonly readerMs: number;
  /** What a reader gets back, as a share of the time that passes. */
  readonly readerShare: number;
}

export class ReadingBudget {
  readonly #limits: ReadingLimits;
  readonly #now: () => number;
  readonly #readers: () => number;
  /** When a reader will have all of it again. A reader who is not here has. */
  readonly #fullAt = new Map<string, number>();

  /** @param readers how many there are */
  constructor(limits: ReadingLimits, now: () => number, readers: () => number) {
    this.#limits = limits;
    this.#now = now;
    this.#readers = readers;
  }

  mayRead({ holders }: View): boolean {
    if (this.#fullAt.size === 0 || this.#readers() <= 1) return true;
    for (const { socket } of holders) if (this.#isFree(String(socket.subscriber.reader))) return true;
    return false;
  }

  charge({ holders }: View, ms: number): void {
    const readers = new Set([...holders].map(({ socket }) => String(socket.subscriber.reader)));
    const now = this.#now();
    for (const reader of readers) {
      const from = Math.max(this.#fullAt.get(reader) ?? now, now);
      this.#fullAt.set(reader, from + ms / readers.size / this.#limits.readerShare);
    }
  }

  /** Forgets readers who have spent nothing. To be called now and then. */
  sweep(): void {
    const now = this.#now();
    for (const [reader, fullAt] of this.#fullAt) if (fullAt <= now) this.#fullAt.delete(reader);
  }

  #isFree(reader: string): boolean {
    const { readerMs, readerShare } = this.#limits;
    return ((this.#fullAt.get(reader) ?? 0) - this.#now()) * readerShare < readerMs;
  }
}
