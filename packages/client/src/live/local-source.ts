import { type PendingRecords, pendingRecords } from '../optimistic/pending-records.ts';
import { localWriteOf } from '../queue/local-write.ts';
import type { PendingWrite } from '../queue/pending-write.ts';

/** The pending writes as the queries need them. */
export interface LocalSource {
  /** The writes that this tab shows. The same list as long as nothing changes. */
  readonly shown: readonly PendingWrite[];
  /** All that the queue has. The same list as long as nothing changes. */
  readonly entries: readonly PendingWrite[];
  /** Resolves when the pending writes of earlier visits are part of the lists. Never rejects. */
  readonly opened: Promise<void>;
  /** The data of a round is about to be shown. */
  committed(round: number): void;
}

/** Without pending writes. */
export const NO_WRITES: LocalSource = { shown: [], entries: [], opened: Promise.resolve(), committed: () => undefined };

/**
 * How long a write is shown in a view that follows the rounds late, after the round that shows it elsewhere.
 * Milliseconds.
 */
const DELAY_MS = 3_000;

/** The records that the pending writes change, in three versions that differ in what a view may lack. */
export class LocalRecords {
  readonly #source: LocalSource;
  readonly #onExpiry: () => void;
  /** Writes that most views contain and a delayed one may not, with the time when it does. */
  readonly #recent = new Map<PendingWrite, number>();
  #shown: readonly PendingWrite[] = [];
  #entries: readonly PendingWrite[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** What a current view shows. */
  pending: PendingRecords = new Map();
  /** What a delayed view shows. */
  delayed: PendingRecords = this.pending;
  /** What a result of an earlier visit shows. */
  sinceEarlier: PendingRecords = this.pending;

  /** @param onExpiry called when a delayed view contains more than before */
  constructor(source: LocalSource, onExpiry: () => void) {
    this.#source = source;
    this.#onExpiry = onExpiry;
  }

  /** Takes the present writes. Returns the tables of all writes if they have changed, and otherwise none. */
  refresh(): ReadonlySet<string> {
    const { shown, entries } = this.#source;
    const now = performance.now();
    const expired = [...this.#recent].filter(([, until]) => until <= now).map(([write]) => write);
    if (shown === this.#shown && entries === this.#entries && expired.length === 0) return new Set();
    for (const write of expired) this.#recent.delete(write);
    const before = [...this.#shown, ...this.#entries, ...expired];
    const present = new Set(shown.map(({ key }) => key));
    for (const write of this.#shown) {
      const isContained = !present.has(write.key) && write.state.kind !== 'failed' && this.#isMade(write, entries);
      if (isContained) this.#recent.set(write, now + DELAY_MS);
    }
    this.#shown = shown;
    this.#entries = entries;
    this.pending = recordsOf(shown);
    this.delayed = this.#recent.size === 0 ? this.pending : recordsOf(inOrder([...this.#recent.keys(), ...shown]));
    this.sinceEarlier = recordsOf(entries.filter(({ state }) => state.kind !== 'failed'));
    this.#schedule();
    return new Set([...before, ...shown, ...entries, ...this.#recent.keys()].map(tableOf));
  }

  /** The user has left. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#recent.clear();
    this.#shown = [];
    this.#entries = [];
    this.pending = this.delayed = this.sinceEarlier = new Map();
  }

  #isMade({ key, state }: PendingWrite, entries: readonly PendingWrite[]): boolean {
    const now = entries.find((entry) => entry.key === key)?.state ?? state;
    return now.kind === 'made' || now.kind === 'shown';
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#recent.size > 0) this.#timer = setTimeout(this.#onExpiry, DELAY_MS);
  }
}

function recordsOf(writes: readonly PendingWrite[]): PendingRecords {
  return pendingRecords(writes.map(localWriteOf));
}

function inOrder(writes: PendingWrite[]): readonly PendingWrite[] {
  return writes.sort((one, other) => one.order - other.order);
}

function tableOf(write: PendingWrite): string {
  return localWriteOf(write).id.table.name;
}
