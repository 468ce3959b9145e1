import type { View } from './view.ts';

/*
 * How much of the rounds' time each reader may take. One account with expensive queries must not make everybody wait:
 *
 *   free ──its views were read──▶ spent ──time passes──▶ free
 *
 * A reader who has spent everything waits for a later round with the views that have no other reader. The cost of a view is
 * shared by its readers, and it is read as long as one of them is free. A reader who is alone never waits.
 *
 * Who is free when a round begins to read stays so for that round, up to `readerRoundMs`: a tab is sent nothing while one of
 * its views waits, so a reader whose views were read by turns would never be sent anything.
 */

export interface ReadingLimits {
  /** What a reader may spend at once. */
  readonly readerMs: number;
  /** What a reader gets back, as a share of the time that passes. */
  readonly readerShare: number;
  /** What a reader may take of one round. */
  readonly readerRoundMs: number;
}

/** One round's reading. */
export interface ReadingTurn {
  mayRead(view: View): boolean;
  charge(view: View, ms: number): void;
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

  /** To be asked in place of `mayRead` while a round reads. */
  turn(): ReadingTurn {
    const wasFree = new Map<string, boolean>();
    const spent = new Map<string, number>();
    const isFree = (reader: string): boolean => {
      const was = wasFree.get(reader) ?? this.#isFree(reader);
      wasFree.set(reader, was);
      return was && (spent.get(reader) ?? 0) < this.#limits.readerRoundMs;
    };
    return {
      mayRead: (view) => this.#readers() <= 1 || readersOf(view).some(isFree),
      charge: (view, ms) => {
        const readers = readersOf(view);
        for (const reader of readers) spent.set(reader, (spent.get(reader) ?? 0) + ms / readers.length);
        this.charge(view, ms);
      },
    };
  }

  charge(view: View, ms: number): void {
    const readers = readersOf(view);
    const now = this.#now();
    for (const reader of readers) {
      const from = Math.max(this.#fullAt.get(reader) ?? now, now);
      this.#fullAt.set(reader, from + ms / readers.length / this.#limits.readerShare);
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

function readersOf({ holders }: View): string[] {
  return [...new Set([...holders].map(({ socket }) => String(socket.subscriber.reader)))];
}
