import { type PendingRecords, pendingRecords } from '../optimistic/pending-records.ts';
import { localWriteOf } from '../queue/local-write.ts';
import type { PendingWrite } from '../queue/pending-write.ts';
import { type ShownChanges, tableOf } from '../queue/shown-writes.ts';

/** The pending writes as the queries need them. */
export interface LocalSource {
  /** The writes that this tab shows, in their order. */
  readonly shown: readonly PendingWrite[];
  /** All that the queue has, in their order. */
  readonly entries: readonly PendingWrite[];
  /** Resolves when the pending writes of earlier visits are part of the lists. Never rejects. */
  readonly opened: Promise<void>;
  /** The data of a round is about to be shown. */
  committed(round: number): void;
  /** What has changed since the last call. */
  takeChanges(): ShownChanges;
}

/** Without pending writes. */
export const NO_WRITES: LocalSource = {
  shown: [],
  entries: [],
  opened: Promise.resolve(),
  committed: () => undefined,
  takeChanges: () => ({ tables: new Set(), contained: [] }),
};

/**
 * How long a write is shown in a view that follows the rounds late, after the round that shows it elsewhere.
 * Milliseconds.
 */
const DELAY_MS = 3_000;
const NO_RECORDS: PendingRecords = new Map();

/**
 * The records that the pending writes change, in three versions that differ in what a view may lack. Most pages need only
 * the first, so the others are made when a query asks for them.
 */
export class LocalRecords {
  readonly #source: LocalSource;
  readonly #onExpiry: () => void;
  /** Writes that most views contain and a delayed one may not, with the time when it does, the oldest first. */
  readonly #recent = new Map<PendingWrite, number>();
  /** Writes that a delayed view contains since the last call of `refresh`. */
  #expired: readonly PendingWrite[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pending: PendingRecords = NO_RECORDS;
  #delayed: PendingRecords | undefined = NO_RECORDS;
  #sinceEarlier: PendingRecords | undefined = NO_RECORDS;

  /** @param onExpiry called when a delayed view contains more than before */
  constructor(source: LocalSource, onExpiry: () => void) {
    this.#source = source;
    this.#onExpiry = onExpiry;
  }

  /** What a current view shows. */
  get pending(): PendingRecords {
    return this.#pending;
  }

  /** What a delayed view shows. */
  get delayed(): PendingRecords {
    this.#delayed ??=
      this.#recent.size === 0 ? this.#pending : recordsOf(inOrder([...this.#recent.keys(), ...this.#source.shown]));
    return this.#delayed;
  }

  /** What a result of an earlier visit shows. */
  get sinceEarlier(): PendingRecords {
    this.#sinceEarlier ??= recordsOf(this.#source.entries.filter(({ state }) => state.kind !== 'failed'));
    return this.#sinceEarlier;
  }

  /** Takes the present writes. Returns the tables of those that have changed. */
  refresh(): ReadonlySet<string> {
    const { tables, contained } = this.#source.takeChanges();
    const until = performance.now() + DELAY_MS;
    for (const write of contained) this.#recent.set(write, until);
    if (contained.length > 0) this.#timer ??= setTimeout(() => this.#expire(), DELAY_MS);
    const expired = this.#expired;
    this.#expired = [];
    if (tables.size > 0) this.#pending = recordsOf(this.#source.shown);
    if (tables.size > 0 || expired.length > 0) this.#delayed = this.#sinceEarlier = undefined;
    return new Set([...tables, ...expired.map(tableOf)]);
  }

  /** The user has left. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#recent.clear();
    this.#expired = [];
    this.#pending = this.#delayed = this.#sinceEarlier = NO_RECORDS;
  }

  #expire(): void {
    this.#timer = undefined;
    const now = performance.now();
    const expired = [...this.#recent].filter(([, until]) => until <= now).map(([write]) => write);
    for (const write of expired) this.#recent.delete(write);
    if (this.#recent.size > 0) this.#timer = setTimeout(() => this.#expire(), DELAY_MS);
    this.#expired = expired;
    this.#onExpiry();
  }
}

function recordsOf(writes: readonly PendingWrite[]): PendingRecords {
  return pendingRecords(writes.map(localWriteOf));
}

function inOrder(writes: PendingWrite[]): readonly PendingWrite[] {
  return writes.sort((one, other) => one.order - other.order);
}
