import { decodeValue, type WireValue } from '@spookify/gateway/wire';
import type { RecordId } from 'surrealdb';
import type { ClientError } from '../errors.ts';
import { Listeners } from '../listeners.ts';
import type { PendingWrite } from '../queue/pending-write.ts';
import { errorOf } from '../queue/write-failure.ts';

/** What the browser still has to send, and what the database has refused. */
export interface SyncState {
  /** Whether there is a connection of the signed-in user, so that data is current and writes are sent. */
  readonly online: boolean;
  /** How many writes the database has not confirmed. */
  readonly pending: number;
  /** The refused writes, oldest first. They are not shown in queries and wait for `retry` or `discard`. */
  readonly failed: readonly FailedWrite[];
  /** While offline: when the data was last current. While online, and if it never was: undefined. */
  readonly lastSynced: Date | undefined;
  /** Whether pending writes survive the end of the page. False where the browser has no storage, or forbids it. */
  readonly durable: boolean;
}

/** A write that the database has refused. */
export interface FailedWrite {
  /** Identifies the write. */
  readonly key: string;
  readonly kind: 'create' | 'update' | 'delete' | 'run';
  /** The record that it writes; for `run` the job. */
  readonly id: RecordId;
  /** The fields that it sets; for `run` the payload. */
  readonly fields: Readonly<Record<string, unknown>>;
  /**
   * Why it was refused. With SPOOKY_CLIENT_CONFLICT, `error.conflict` has the values that somebody else has stored. With
   * SPOOKY_CLIENT_BLOCKED, it refers to a record whose own write is in this list.
   */
  readonly error: ClientError;
  /** When it was made, by the clock of this machine. */
  readonly madeAt: Date;
  /**
   * Sends it again, with other values for some fields if they are given, and with it what it has blocked. After a
   * conflict it overwrites the values of the others. Resolves when it is pending again.
   */
  retry(fields?: Readonly<Record<string, unknown>>): Promise<void>;
  /** Gives it up, and with it what it has blocked. */
  discard(): Promise<void>;
}

export interface SyncOptions {
  readonly retry: (write: PendingWrite, fields?: Readonly<Record<string, unknown>>) => Promise<void>;
  readonly discard: (write: PendingWrite) => Promise<void>;
}

/** Derives the state of synchronization from the pending writes and the connection. */
export class Sync {
  readonly #options: SyncOptions;
  readonly #listeners = new Listeners<SyncState>();
  readonly #failed = new Map<PendingWrite, FailedWrite>();
  #refused: readonly PendingWrite[] = [];
  #state: SyncState = { online: false, pending: 0, failed: [], lastSynced: undefined, durable: false };

  constructor(options: SyncOptions) {
    this.#options = options;
  }

  get state(): SyncState {
    return this.#state;
  }

  /** Calls the listener at every change. Returns a function that removes it. */
  subscribe(listener: (state: SyncState) => void): () => void {
    return this.#listeners.add(listener);
  }

  /**
   * Follows the pending writes.
   *
   * @param pending the number of those that the database has not confirmed
   * @param refused the refused ones; the same list as long as nothing changes
   */
  follow(pending: number, refused: readonly PendingWrite[]): void {
    if (refused === this.#refused) {
      this.#change({ pending });
      return;
    }
    this.#refused = refused;
    const present = new Set(refused);
    for (const entry of this.#failed.keys()) if (!present.has(entry)) this.#failed.delete(entry);
    this.#change({ pending, failed: refused.map((entry) => this.#failedWriteOf(entry)) });
  }

  change(next: Partial<Pick<SyncState, 'online' | 'lastSynced' | 'durable'>>): void {
    this.#change(next);
  }

  #change(next: Partial<SyncState>): void {
    const state = { ...this.#state, ...next };
    const names = Object.keys(next) as (keyof SyncState)[];
    if (names.every((name) => this.#state[name] === state[name])) return;
    this.#state = state;
    this.#listeners.notify(state);
  }

  #failedWriteOf(entry: PendingWrite): FailedWrite {
    const known = this.#failed.get(entry);
    if (known !== undefined) return known;
    const { key, write, madeAt, state } = entry;
    if (state.kind !== 'failed') throw new RangeError('The write is not refused.');
    const failed: FailedWrite = {
      key,
      kind: write.kind,
      id: decodeValue(write.id) as RecordId,
      fields: fieldsOf(entry),
      error: errorOf(state.failure),
      madeAt: new Date(madeAt),
      retry: (fields) => this.#options.retry(entry, fields),
      discard: () => this.#options.discard(entry),
    };
    this.#failed.set(entry, failed);
    return failed;
  }
}

function fieldsOf({ write }: PendingWrite): Readonly<Record<string, unknown>> {
  if (write.kind === 'delete') return {};
  const fields: WireValue = write.kind === 'run' ? write.payload : write.fields;
  return Object.fromEntries(Object.entries(fields as object).map(([name, value]) => [name, decodeValue(value)]));
}
