import type { View } from '../view.ts';

/*
 * How much of the rounds' time each reader may take, so that one account with expensive queries does not slow everyone
 * down.
 *
 *   free ──its views were read──▶ spent ──time passes──▶ free
 *
 * The views of a reader who has spent the budget wait for a later round, unless they have another reader. The cost of a
 * view is divided among its readers, and the view is read as long as one of them is free. A reader who is alone never
 * waits.
 *
 * A reader who is free when a round begins to read stays free for that round, up to `readerRoundMs`. A tab is sent
 * nothing while one of its views waits, so a reader whose views took turns would never be sent anything.
 */

export interface ReadingLimits {
  /** The time that a reader may spend at once. */
  readonly readerMs: number;
  /** The budget that a reader regains, as a share of the time that passes. */
  readonly readerShare: number;
  /** The time that a reader may take of one round. */
  readonly readerRoundMs: number;
}

/** The budgets during one round. */
export interface RoundBudget {
  mayRead(view: View): boolean;
  charge(view: View, ms: number): void;
}

export class ReadingBudget {
  readonly #limits: ReadingLimits;
  readonly #now: () => number;
  readonly #readers: () => number;
  /** When each reader has the whole budget again. A reader without an entry has it now. */
  readonly #fullAt = new Map<string, number>();

  /** @param readers returns the number of readers */
  constructor(limits: ReadingLimits, now: () => number, readers: () => number) {
    this.#limits = limits;
    this.#now = now;
    this.#readers = readers;
  }

  mayRead({ subscriptions }: View): boolean {
    if (this.#fullAt.size === 0 || this.#readers() <= 1) return true;
    for (const { socket } of subscriptions) if (this.#isFree(String(socket.subscriber.reader))) return true;
    return false;
  }

  /** The budgets to use while a round reads, instead of `mayRead` and `charge`. */
  forRound(): RoundBudget {
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

  /** Forgets readers who have their whole budget. Call it regularly. */
  sweep(): void {
    const now = this.#now();
    for (const [reader, fullAt] of this.#fullAt) if (fullAt <= now) this.#fullAt.delete(reader);
  }

  #isFree(reader: string): boolean {
    const { readerMs, readerShare } = this.#limits;
    return ((this.#fullAt.get(reader) ?? 0) - this.#now()) * readerShare < readerMs;
  }
}

function readersOf({ subscriptions }: View): string[] {
  return [...new Set([...subscriptions].map(({ socket }) => String(socket.subscriber.reader)))];
}
