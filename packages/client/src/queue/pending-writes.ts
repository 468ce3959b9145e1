import { decodeValue, type WireValue, type WireWrite } from '@spookify/gateway/wire';
import type { RecordId } from 'surrealdb';
import { signedOut } from '../auth/auth.ts';
import { ClientError } from '../errors.ts';
import { Listeners } from '../listeners.ts';
import type { WriteStorage } from '../storage/storage.ts';
import { within } from '../within.ts';
import type { Exchange, WriteSocket } from '../write/exchange.ts';
import { randomKey } from '../write/record-key.ts';
import { recordOf, touchesOf } from '../write/touches.ts';
import { AnsweredRows } from './answered-rows.ts';
import { blockerOf, isBlockedBy, mustWait, withDependents } from './dependencies.ts';
import { Outcomes } from './outcomes.ts';
import { isOpen, type PendingWrite } from './pending-write.ts';
import { basedOn, blockedBy, discarded, retried, stepped, storedValue } from './queue-changes.ts';
import { Sender } from './sender.ts';
import { type ShownChanges, ShownWrites } from './shown-writes.ts';
import { Turn } from './turn.ts';
import { errorOf } from './write-failure.ts';
import { type EntryChange, type QueueMessage, WriteQueue } from './write-queue.ts';

export interface PendingWritesOptions {
  /** Name of the lock for the tab that sends. All tabs of a browser use the same. */
  readonly name: string;
  readonly storage: WriteStorage;
  /**
   * Whether all tabs of the browser use the same storage. Otherwise each tab has its own writes and sends them. Never
   * rejects.
   */
  readonly isShared: () => Promise<boolean>;
  readonly exchange: Exchange;
  /** Reports a change to the other tabs. */
  readonly announce: (message: QueueMessage) => void;
  /** Called after each change: of the queue, and of what this tab shows. */
  readonly onChange: () => void;
}

/** How long a page waits for the storage before it goes on without the writes of earlier visits. Milliseconds. */
const OPEN_MS = 3_000;
/** Maximum pause between attempts to read the storage. Milliseconds. */
const READ_PAUSE_MS = 30_000;

/** A write that is shown and stored. */
export interface Write<Row> {
  readonly id: Row extends { readonly id: infer Id } ? Id : RecordId;
  /**
   * Resolves with the record as stored when the database has made the write, and rejects when it has refused it. It
   * stays pending as long as there is no connection, and need not be awaited.
   *
   * Null if the record could not be read after the write: its answer was lost with the connection, and before it was
   * asked for again, somebody has deleted the record, or its writer may not see it any more.
   */
  readonly saved: Promise<Row | null>;
}

/** The pending writes of the present user: shows them, sends them in order, and knows when the queries contain them. */
export class PendingWrites {
  readonly #options: PendingWritesOptions;
  readonly #queue: WriteQueue;
  readonly #sender: Sender;
  readonly #shown = new ShownWrites();
  readonly #outcomes = new Outcomes();
  readonly #answered = new AnsweredRows();
  /** Writes whose report is being stored. */
  readonly #reporting = new Set<string>();
  readonly #changes = new Listeners<void>();
  #isShared = false;
  readonly #turn = new Turn(() => void this.#lead());
  #socket: WriteSocket | undefined;
  #opened = Promise.resolve();
  /** Aborted when the user leaves. */
  #visit = new AbortController();
  #isAsking = false;

  constructor(options: PendingWritesOptions) {
    this.#options = options;
    this.#queue = new WriteQueue({
      storage: options.storage,
      announce: (message) => {
        if (this.#isShared) options.announce(message);
      },
      onChange: (changes) => this.#onQueue(changes),
      onMerged: (key, into) => this.#outcomes.merge(key, this.#queue.get(into)),
    });
    this.#sender = new Sender({
      queue: this.#queue,
      exchange: options.exchange,
      isLeader: () => this.#turn.isHeld,
      onMade: (key, round, socket) => {
        if (socket === this.#socket) this.#madeIn([key], round);
      },
      onFailure: () => this.#turn.failed(),
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
    return this.#turn.isHeld;
  }

  /** What the queries show on top of the server's data. */
  get shown(): readonly PendingWrite[] {
    return this.#shown.list;
  }

  /** The keys of the entries that the gateway's present data contains. */
  get contained(): Iterable<string> {
    return this.#shown.contained;
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
    this.#queue.enter(user);
    const { signal } = this.#visit;
    // A page must not wait for a storage that does not answer.
    this.#opened = within(OPEN_MS, this.#read(user, signal));
    return this.#opened;
  }

  /** The user has left. His writes stay stored. */
  leave(): void {
    this.lost();
    this.#visit.abort();
    this.#visit = new AbortController();
    this.#turn.leave();
    this.#isShared = false;
    this.#shown.clear();
    this.#answered.clear();
    this.#queue.leave();
    this.#options.onChange();
    this.#changes.notify();
    this.#outcomes.rejectAll(signedOut());
  }

  /** Reads the writes of earlier visits, again and again while the storage fails. Never rejects. */
  async #read(user: string, signal: AbortSignal): Promise<void> {
    const isShared = await this.#options.isShared();
    if (signal.aborted) return;
    this.#isShared = isShared;
    const name = `spookify:${this.#options.name}:queue:${user}`;
    this.#turn.enter(isShared ? name : `${name}:${randomKey()}`);
    for (let delayMs = OPEN_MS; ; delayMs = Math.min(delayMs * 2, READ_PAUSE_MS)) {
      const isRead = await this.#queue.reload().then(
        () => true,
        () => false,
      );
      if (isRead || signal.aborted) return;
      await pause(delayMs, signal);
    }
  }

  /** This tab sends from now on. */
  async #lead(): Promise<void> {
    // Another tab may have changed the writes a moment ago, and has ended since.
    await this.#queue.reload().catch(() => undefined);
    this.#sender.wake();
    for (const key of this.#shown.contained) this.#reportContained(key);
  }

  /** A socket of this user is open. */
  connected(socket: WriteSocket): void {
    this.#socket = socket;
    this.#turn.connected();
    this.#turn.progressed(this.#queue.unconfirmedCount > 0);
    this.#sender.open(socket);
    void this.#ask();
  }

  /** The socket is lost. */
  lost(): void {
    this.#socket = undefined;
    this.#turn.lost();
    this.#sender.lost();
    this.#shown.lost();
    this.#answered.lost();
  }

  /** The data of a round is about to be shown. What it contains is not shown on top of it any more. */
  committed(round: number): void {
    for (const { key } of this.#shown.shownThrough(round)) this.#reportContained(key);
    this.#answered.committed(round);
  }

  /** The gateway has answered a write that was not shown before. The page does not show its row until that round. */
  answered(write: WireWrite, row: WireValue, round: number, socket: WriteSocket): void {
    if (socket === this.#socket) this.#answered.add(recordOf(write), row, round);
  }

  /** Follows a change of another tab. */
  receive(message: unknown): void {
    if (this.#isShared) this.#queue.receive(message);
  }

  /**
   * Shows a write at once. Resolves when it is stored.
   *
   * @param guess fields that are shown until the database answers, and are not sent
   * @throws what the storage throws; the write is then not shown any more, and not sent
   */
  async add(user: RecordId, write: WireWrite, guess: Readonly<Record<string, WireValue>>): Promise<Write<unknown>> {
    const key = randomKey();
    const saved = this.#outcomes.wait(key);
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
      this.#outcomes.forget(key);
      throw error;
    }
    return { id: decodeValue(write.id) as RecordId, saved };
  }

  /**
   * The value of a field that the next write of this tab is based on, encoded: that of a pending write, or of the answer
   * to a write that the page does not show yet. Undefined if there is none.
   */
  valueOf(record: string, field: string): WireValue | undefined {
    const last = this.#shown
      .of(record)
      .findLast(({ write }) => 'fields' in write && Object.hasOwn(write.fields, field));
    if (last === undefined || !('fields' in last.write)) return this.#answered.valueOf(record, field);
    return isOpen(last.state) ? last.write.fields[field] : storedValue(last, field);
  }

  /**
   * Resolves when no pending write must be made before this one, with the write as it is to be sent: its values are based
   * on what the database has stored for those before it.
   *
   * If the user leaves, or the client is closed, it resolves too: there is nothing to wait for.
   *
   * @throws SPOOKY_CLIENT_BLOCKED if it needs a record whose own write was refused; SPOOKY_CLIENT_NOT_CONNECTED after the
   * limit
   */
  unblocked(write: WireWrite, limitMs: number): Promise<WireWrite> {
    return new Promise((resolve, reject) => {
      const stop = this.#changes.add(() => look());
      const timer = setTimeout(() => {
        stop();
        reject(
          new ClientError(
            'SPOOKY_CLIENT_NOT_CONNECTED',
            'Earlier writes of these records still wait. Nothing was written. Try again later.',
          ),
        );
      }, limitMs);
      const touches = touchesOf(write, (record) => this.#queue.touches(record));
      const { signal } = this.#visit;
      const record = recordOf(write);
      const dependent = { record, touches, write };
      const look = (): void => {
        const blocker = blockerOf(this.#queue, dependent);
        if (!signal.aborted && blocker === undefined && mustWait(this.#queue, dependent)) return;
        clearTimeout(timer);
        stop();
        if (blocker !== undefined) reject(errorOf(blockedBy(blocker)));
        else resolve(basedOn(this.#queue.touching(record), { record, madeAt: Date.now(), write }));
      };
      look();
    });
  }

  /**
   * Tries a refused write again, and what it has blocked. One that is itself blocked is tried again together with the
   * write that blocks it.
   */
  async retry(key: string, fields?: Readonly<Record<string, WireValue>>): Promise<void> {
    const state = this.#queue.get(key)?.state;
    const blocker = state?.kind === 'failed' ? state.failure.blockedBy : undefined;
    const root = blocker !== undefined && this.#queue.get(blocker)?.state.kind === 'failed' ? blocker : key;
    for (const entry of withDependents(this.#queue, root)) {
      if (entry.key !== root && !isBlockedBy(entry, root)) continue;
      await this.#queue.change(entry.key, (related) =>
        retried(related, entry.key, entry.key === key ? fields : undefined),
      );
    }
  }

  /** Gives a refused write up, and what depends on the record that it would have made. */
  async discard(key: string): Promise<void> {
    for (const entry of withDependents(this.#queue, key).toReversed()) {
      await this.#queue.change(entry.key, (related) => discarded(related, entry.key));
    }
  }

  /** Removes a write that every stored result contains. */
  async forget(key: string): Promise<void> {
    await this.#queue.change(key, () => ({ put: [], remove: [key] }));
  }

  close(): void {
    this.lost();
    this.#visit.abort();
    this.#changes.notify();
  }

  #onQueue(changes: readonly EntryChange[]): void {
    for (const change of changes) {
      this.#shown.follow(change);
      const { before, after } = change;
      if (after !== undefined) this.#outcomes.settle(after);
      else if (before !== undefined) this.#outcomes.giveUp(before.key);
      if (after?.state.kind === 'made') this.#reportContained(after.key);
    }
    this.#sender.wake();
    this.#turn.progressed(this.#queue.unconfirmedCount > 0);
    void this.#ask();
    this.#changes.notify();
    this.#options.onChange();
  }

  /** Asks for the round that shows the writes that others have sent, or that were sent before. */
  async #ask(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    // One at a time: the answer is for all that were made meanwhile.
    for (let isAnswered = true; isAnswered && this.#socket !== undefined && this.#shown.hasUnknown; ) {
      const socket = this.#socket;
      const keys = this.#shown.takeUnknown();
      const answer = await this.#options.exchange.sync(socket);
      if (answer.type === 'synced' && socket === this.#socket) this.#madeIn(keys, answer.visibleIn);
      else this.#shown.returnUnknown(keys);
      // Another socket may have opened meanwhile. One that refuses to answer is not asked again.
      isAnswered = answer.type === 'synced' || socket !== this.#socket;
    }
    this.#isAsking = false;
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
}

/** Resolves after this time, or when the signal is aborted. */
function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, delayMs);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
