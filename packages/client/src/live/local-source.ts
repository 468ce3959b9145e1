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
  /** The keys of the entries that the gateway's present data contains. */
  readonly contained: Iterable<string>;
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
  contained: [],
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

/** The records that the pending writes change, in versions that differ in what a view may lack. */
export interface LocalVersions {
  /** What a current view shows. */
  readonly pending: PendingRecords;
  /** The same, and the writes that a delayed view may not contain yet. */
  readonly delayed: PendingRecords;
  /**
   * All writes of the queue that a state of an earlier visit or socket may lack.
   *
   * @param contained the keys of those that it contains
   */
  lackedBy(contained: ReadonlySet<string>): PendingRecords;
}

/** Most pages need only the first version, so the others are made when a query asks for them. */
export class LocalRecords implements LocalVersions {
  readonly #source: LocalSource;
  readonly #onExpiry: () => void;
  /** Writes that most views contain and a delayed one may not, with the time when it does, the oldest first. */
  readonly #recent = new Map<PendingWrite, number>();
  /** Writes that a delayed view contains since the last call of `refresh`. */
  #expired: readonly PendingWrite[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pending: PendingRecords = NO_RECORDS;
  #delayed: PendingRecords | undefined = NO_RECORDS;
  /** By what an earlier state contains. */
  readonly #lackedBy = new Map<ReadonlySet<string>, PendingRecords>();

  /** @param onExpiry called when a delayed view contains more than before */
  constructor(source: LocalSource, onExpiry: () => void) {
    this.#source = source;
    this.#onExpiry = onExpiry;
  }

  get pending(): PendingRecords {
    return this.#pending;
  }

  get delayed(): PendingRecords {
    this.#delayed ??=
      this.#recent.size === 0 ? this.#pending : recordsOf(inOrder([...this.#recent.keys(), ...this.#source.shown]));
    return this.#delayed;
  }

  lackedBy(contained: ReadonlySet<string>): PendingRecords {
    const known = this.#lackedBy.get(contained);
    if (known !== undefined) return known;
    const lacked = this.#source.entries.filter(({ key, state }) => state.kind !== 'failed' && !contained.has(key));
    const records = recordsOf(lacked);
    this.#lackedBy.set(contained, records);
    return records;
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
    if (tables.size > 0 || expired.length > 0) this.#delayed = undefined;
    if (tables.size > 0) this.#lackedBy.clear();
    return new Set([...tables, ...expired.map(tableOf)]);
  }

  /** The user has left. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#recent.clear();
    this.#expired = [];
    this.#lackedBy.clear();
    this.#pending = this.#delayed = NO_RECORDS;
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
