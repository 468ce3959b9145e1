import { decodeValue, type WireValue, type WireWrite } from '@spookify/gateway/wire';
import type { RecordId } from 'surrealdb';
import { signedOut } from '../auth/auth.ts';
import { ClientError } from '../errors.ts';
import { Listeners } from '../listeners.ts';
import type { WriteStorage } from '../storage/storage.ts';
import type { Exchange, WriteSocket } from '../write/exchange.ts';
import { randomKey } from '../write/record-key.ts';
import { recordOf, touchesOf } from '../write/touches.ts';
import { Leadership } from './leadership.ts';
import { isOpen, type PendingWrite } from './pending-write.ts';
import { discarded, fieldOf, mustWaitFor, retried, stepped } from './queue-changes.ts';
import { Sender } from './sender.ts';
import { type ShownChanges, ShownWrites } from './shown-writes.ts';
import { errorOf } from './write-failure.ts';
import { type EntryChange, type QueueMessage, WriteQueue } from './write-queue.ts';

export interface PendingWritesOptions {
  /** Name of the lock for the tab that sends. All tabs of a browser use the same. */
  readonly name: string;
  readonly storage: WriteStorage;
  readonly exchange: Exchange;
  /** Reports a change to the other tabs. */
  readonly announce: (message: QueueMessage) => void;
  /** Called after each change: of the queue, and of what this tab shows. */
  readonly onChange: () => void;
}

/** A write that is shown and stored. */
export interface Write<Row> {
  readonly id: Row extends { readonly id: infer Id } ? Id : RecordId;
  /**
   * Resolves with the record as stored when the database has made the write, and rejects when it has refused it. It
   * stays pending as long as there is no connection, and need not be awaited.
   */
  readonly saved: Promise<Row>;
}

/** The pending writes of the present user: shows them, sends them in order, and knows when the queries contain them. */
export class PendingWrites {
  readonly #options: PendingWritesOptions;
  readonly #queue: WriteQueue;
  readonly #sender: Sender;
  readonly #shown = new ShownWrites();
  /** Those who wait for the outcome of a write, by key. */
  readonly #waiting = new Map<string, PromiseWithResolvers<unknown>[]>();
  /** Writes whose report is being stored. */
  readonly #reporting = new Set<string>();
  readonly #changes = new Listeners<void>();
  #leadership: Leadership | undefined;
  #socket: WriteSocket | undefined;
  #opened = Promise.resolve();

  constructor(options: PendingWritesOptions) {
    this.#options = options;
    this.#queue = new WriteQueue({
      storage: options.storage,
      announce: options.announce,
      onChange: (changes) => this.#onQueue(changes),
      onMerged: (key, into) => this.#merge(key, into),
    });
    this.#sender = new Sender({
      queue: this.#queue,
      exchange: options.exchange,
      isLeader: () => this.#leadership?.isHeld ?? false,
      onMade: (key, round, socket) => {
        if (socket === this.#socket) this.#madeIn([key], round);
      },
    });
  }

  /** All entries of the queue in their order. */
  get entries(): readonly PendingWrite[] {
    return this.#queue.entries;
  }

  /** The number of writes that the database may still accept or refuse. */
  get unconfirmedCount(): number {
    return this.#queue.unconfirmedCount;
  }

  /** The refused writes, oldest first. The same list as long as nothing changes. */
  get failed(): readonly PendingWrite[] {
    return this.#queue.failed;
  }

  /** The writes that the queries of the tab that sends contain. The stored results may not. */
  get settled(): readonly PendingWrite[] {
    return this.#queue.shown;
  }

  /** Resolves when the writes of earlier visits of the present user are shown. Never rejects. */
  get opened(): Promise<void> {
    return this.#opened;
  }

  /** Whether this tab sends the writes. */
  get isLeader(): boolean {
    return this.#leadership?.isHeld ?? false;
  }

  /** What the queries show on top of the server's data. */
  get shown(): readonly PendingWrite[] {
    return this.#shown.list;
  }

  /** What has changed in what the queries show, since the last call. */
  takeChanges(): ShownChanges {
    return this.#shown.takeChanges();
  }

  /**
   * This user is present: his writes are shown, and sent when he is connected. Resolves when those of earlier visits are
   * shown, or when the browser cannot read them. Never rejects.
   */
  open(user: string): Promise<void> {
    if (this.#queue.user === user) return this.#opened;
    this.leave();
    this.#leadership = new Leadership(`spookify:${this.#options.name}:queue:${user}`, () => {
      // Another tab may have changed them a moment ago, and has ended since.
      void this.#queue.reload().then(
        () => {
          this.#sender.wake();
          for (const key of this.#shown.contained) this.#reportContained(key);
        },
        () => undefined,
      );
    });
    this.#opened = this.#queue.open(user).catch(() => undefined);
    return this.#opened;
  }

  /** The user has left. His writes stay stored. */
  leave(): void {
    this.lost();
    this.#leadership?.release();
    this.#leadership = undefined;
    this.#shown.clear();
    this.#queue.leave();
    this.#options.onChange();
    for (const waiting of this.#waiting.values()) for (const { reject } of waiting) reject(signedOut());
    this.#waiting.clear();
  }

  /** A socket of this user is open. */
  connected(socket: WriteSocket): void {
    this.#socket = socket;
    this.#sender.open(socket);
    void this.#ask();
  }

  /** The socket is lost. */
  lost(): void {
    this.#socket = undefined;
    this.#sender.lost();
    this.#shown.lost();
  }

  /** The data of a round is about to be shown. What it contains is not shown on top of it any more. */
  committed(round: number): void {
    for (const { key } of this.#shown.shownThrough(round)) this.#reportContained(key);
  }

  /** Follows a change of another tab. */
  receive(message: unknown): void {
    this.#queue.receive(message);
  }

  /**
   * Shows a write at once. Resolves when it is stored.
   *
   * @param guess fields that are shown until the database answers, and are not sent
   * @throws what the storage throws; the write is then not shown any more, and not sent
   */
  async add(user: RecordId, write: WireWrite, guess: Readonly<Record<string, WireValue>>): Promise<Write<unknown>> {
    const key = randomKey();
    const outcome = Promise.withResolvers<unknown>();
    // Refused writes are in the tray, so nobody has to handle this.
    outcome.promise.catch(() => undefined);
    this.#waiting.set(key, [outcome]);
    try {
      await this.#queue.add({
        key,
        user: user.toString(),
        write,
        guess,
        record: recordOf(write),
        touches: touchesOf(write, (record) => this.#queue.touches(record)),
        madeAt: Date.now(),
        state: { kind: 'waiting' },
      });
    } catch (error) {
      this.#waiting.delete(key);
      throw error;
    }
    return { id: decodeValue(write.id) as RecordId, saved: outcome.promise };
  }

  /**
   * The value of a field as this tab shows it because of a pending write, encoded. Undefined if no pending write sets
   * it.
   */
  valueOf(record: string, field: string): WireValue | undefined {
    const last = this.#shown
      .of(record)
      .findLast(({ write }) => 'fields' in write && Object.hasOwn(write.fields, field));
    if (last === undefined || !('fields' in last.write)) return undefined;
    return 'row' in last.state ? fieldOf(last.state.row, field) : last.write.fields[field];
  }

  /**
   * Resolves when no pending write must be made before this one.
   *
   * @throws SPOOKY_CLIENT_NOT_CONNECTED after the limit
   */
  unblocked(write: WireWrite, limitMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = this.#changes.add(() => look());
      const timer = setTimeout(() => {
        stop();
        reject(
          new ClientError(
            'SPOOKY_CLIENT_NOT_CONNECTED',
            'Earlier writes of the same records have not been made yet. Nothing was written; try again later.',
          ),
        );
      }, limitMs);
      const look = (): void => {
        if (this.#isBlocked(write)) return;
        clearTimeout(timer);
        stop();
        resolve();
      };
      look();
    });
  }

  #isBlocked(write: WireWrite): boolean {
    const later = { record: recordOf(write), touches: touchesOf(write, (record) => this.#queue.touches(record)) };
    const related = later.touches.flatMap((record) => this.#queue.touching(record));
    return related.some((entry) => isOpen(entry.state) && mustWaitFor(entry, later));
  }

  /** Tries a refused write again, and what it has blocked. */
  async retry(key: string, fields?: Readonly<Record<string, WireValue>>): Promise<void> {
    await this.#queue.change(key, (related) => retried(related, key, fields));
    for (const other of this.#blockedBy(key)) await this.#queue.change(other, (related) => retried(related, other));
  }

  /** Gives a refused write up, and what it has blocked. */
  async discard(key: string): Promise<void> {
    await this.#queue.change(key, (related) => discarded(related, key));
    for (const other of this.#blockedBy(key)) await this.#queue.change(other, (related) => discarded(related, other));
  }

  #blockedBy(key: string): string[] {
    const blocked = this.#queue.failed.filter(
      ({ state }) => state.kind === 'failed' && state.failure.blockedBy === key,
    );
    return blocked.map((entry) => entry.key);
  }

  /** Removes a write that every stored result contains. */
  async forget(key: string): Promise<void> {
    await this.#queue.change(key, () => ({ put: [], remove: [key] }));
  }

  close(): void {
    this.lost();
    this.#leadership?.release();
  }

  #onQueue(changes: readonly EntryChange[]): void {
    for (const change of changes) {
      this.#shown.follow(change);
      const { before, after } = change;
      if (after !== undefined) this.#settle(after);
      else if (before !== undefined) this.#giveUp(before.key);
      if (after?.state.kind === 'made') this.#reportContained(after.key);
    }
    this.#sender.wake();
    void this.#ask();
    this.#changes.notify();
    this.#options.onChange();
  }

  /** Asks for the round that shows the writes that others have sent, or that were sent before. */
  async #ask(): Promise<void> {
    const socket = this.#socket;
    if (socket === undefined || !this.#shown.hasUnknown) return;
    const keys = this.#shown.takeUnknown();
    const answer = await this.#options.exchange.sync(socket);
    if (answer.type === 'synced' && socket === this.#socket) {
      this.#madeIn(keys, answer.visibleIn);
      return;
    }
    this.#shown.returnUnknown(keys);
    // Another socket may have opened meanwhile.
    if (socket !== this.#socket) await this.#ask();
  }

  #madeIn(keys: readonly string[], round: number): void {
    const contained = keys.flatMap((key) => this.#shown.madeIn(key, round) ?? []);
    if (contained.length === 0) return;
    for (const { key } of contained) this.#reportContained(key);
    this.#options.onChange();
  }

  /** The tab that sends reports that its queries contain a write. Its answer may arrive after the round. */
  #reportContained(key: string): void {
    const isMade = this.#queue.get(key)?.state.kind === 'made';
    if (!this.isLeader || !isMade || !this.#shown.contains(key) || this.#reporting.has(key)) return;
    this.#reporting.add(key);
    // If it fails, the write stays as it is and is recognized by its key.
    void this.#queue
      .change(key, (related) => stepped(related, key, { type: 'shown', at: Date.now() }))
      .catch(() => undefined)
      .finally(() => this.#reporting.delete(key));
  }

  #settle({ key, state }: PendingWrite): void {
    if (isOpen(state)) return;
    const waiting = this.#waiting.get(key) ?? [];
    this.#waiting.delete(key);
    for (const { resolve, reject } of waiting) {
      if (state.kind === 'failed') reject(errorOf(state.failure));
      else if ('row' in state) resolve(decodeValue(state.row));
    }
  }

  #merge(key: string, into: string): void {
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) return;
    this.#waiting.delete(key);
    this.#waiting.set(into, [...(this.#waiting.get(into) ?? []), ...waiting]);
    const entry = this.#queue.get(into);
    if (entry !== undefined) this.#settle(entry);
  }

  /** A write has left the queue before this tab has learned its outcome. */
  #giveUp(key: string): void {
    const waiting = this.#waiting.get(key) ?? [];
    this.#waiting.delete(key);
    const message =
      'This write has left the storage of the browser, and its outcome is unknown. Read the record before you write again.';
    for (const { reject } of waiting) reject(new ClientError('SPOOKY_CLIENT_OUTCOME_UNKNOWN', message));
  }
}
