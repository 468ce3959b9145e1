import type { StoredChanges, WriteStorage } from '../storage/storage.ts';
import { isOpen, type PendingWrite } from './pending-write.ts';
import { appended, type NewWrite, type QueueChanges } from './queue-changes.ts';
import { isQueueMessage } from './valid-write.ts';
import { WriteList } from './write-list.ts';

/** What one tab reports to the others about the queue. */
export interface QueueMessage {
  readonly user: string;
  readonly put: readonly PendingWrite[];
  readonly removed: readonly string[];
  readonly mergedInto: string | undefined;
}

/** A change of one entry of the queue. Without `before` it is new, without `after` it is gone. */
export interface EntryChange {
  readonly before: PendingWrite | undefined;
  readonly after: PendingWrite | undefined;
}

export interface WriteQueueOptions {
  readonly storage: WriteStorage;
  /** Reports a change to the other tabs. */
  readonly announce: (message: QueueMessage) => void;
  /** Called after each change, also one of another tab. */
  readonly onChange: (changes: readonly EntryChange[]) => void;
  /** Called when a write has become a part of another one, before the change is reported. */
  readonly onMerged: (key: string, into: string) => void;
}

/** A message of another tab arrives long before this many other writes have ended. */
const REMOVED_MAX = 10_000;

/**
 * The pending writes of the present user, in their order. The storage is the truth; this is a copy that follows the
 * changes of all tabs. A write that this tab adds is part of the copy at once, before it is stored.
 */
export class WriteQueue {
  readonly #options: WriteQueueOptions;
  #user: string | undefined;
  /** Writes of this tab that are being stored. */
  readonly #adding = new WriteList();
  readonly #stored = new WriteList();
  /** Some of the stored ones, by state. */
  readonly #open = new WriteList();
  readonly #shown = new WriteList();
  readonly #failed = new WriteList();
  /** Keys that were removed: a message about them that arrives late is ignored. */
  readonly #removed = new Set<string>();

  constructor(options: WriteQueueOptions) {
    this.#options = options;
  }

  /** The user whose writes these are. */
  get user(): string | undefined {
    return this.#user;
  }

  /** All pending writes in their order. */
  get entries(): readonly PendingWrite[] {
    return [...this.#stored.list, ...this.#adding.list];
  }

  /** The stored writes that the database may still accept or refuse. */
  get unconfirmed(): Iterable<PendingWrite> {
    return this.#open;
  }

  /** The number of writes that the database may still accept or refuse, including those that are not stored yet. */
  get unconfirmedCount(): number {
    return this.#open.size + this.#adding.size;
  }

  /** The writes that the queries of the tab that has sent them contain. */
  get shown(): readonly PendingWrite[] {
    return this.#shown.list;
  }

  /** The refused writes. The same list as long as nothing changes. */
  get failed(): readonly PendingWrite[] {
    return this.#failed.list;
  }

  get(key: string): PendingWrite | undefined {
    return this.#stored.get(key) ?? this.#adding.get(key);
  }

  /** Whether a pending write touches a record. */
  touches(record: string): boolean {
    return this.#stored.touches(record) || this.#adding.touches(record);
  }

  /** The pending writes that touch a record. */
  touching(record: string): readonly PendingWrite[] {
    return [...this.#stored.touching(record), ...this.#adding.touching(record)];
  }

  /** Follows the pending writes of one user. `reload` reads those of earlier visits. */
  enter(user: string): void {
    this.leave();
    this.#user = user;
  }

  /** Reads the storage. */
  async reload(): Promise<void> {
    const user = this.#user;
    if (user === undefined) return;
    const before = this.#stored.list;
    const put = await this.#options.storage.all(user);
    if (this.#user !== user) return;
    const present = new Set(put.map(({ key }) => key));
    const removed = before.map(({ key }) => key).filter((key) => !present.has(key));
    this.#take({ user, put, removed, mergedInto: undefined });
  }

  /** The user has left: his writes stay stored and are not part of it. */
  leave(): void {
    this.#user = undefined;
    for (const list of [this.#adding, this.#stored, this.#open, this.#shown, this.#failed]) list.clear();
    this.#removed.clear();
  }

  /**
   * Adds a write at the end. It is part of the queue at once; resolves when it is stored, with the key of the entry that
   * contains it.
   *
   * @throws what the storage throws. The write is then not part of the queue any more.
   */
  async add(write: NewWrite): Promise<string> {
    const { key, user, record, touches } = write;
    const added: PendingWrite = { ...write, order: Number.POSITIVE_INFINITY, version: 0 };
    this.#adding.set(added);
    this.#options.onChange([{ before: undefined, after: added }]);
    const others = touches.filter((one) => one !== record);
    let changes: StoredChanges;
    try {
      changes = await this.#options.storage.change(user, { record, others }, (related) => appended(related, write));
    } catch (error) {
      if (this.#adding.delete(key)) this.#options.onChange([{ before: added, after: undefined }]);
      throw error;
    }
    this.#report(user, changes, added);
    return changes.mergedInto ?? key;
  }

  /**
   * Changes an entry and the writes that touch its record. Resolves with the entry as it is stored, if it still exists.
   */
  async change(
    key: string,
    change: (related: readonly PendingWrite[]) => QueueChanges,
  ): Promise<PendingWrite | undefined> {
    const entry = this.#stored.get(key);
    if (entry === undefined) return undefined;
    const { user, record } = entry;
    let isStored = true;
    const changes = await this.#options.storage.change(user, { record }, (related) => {
      isStored = related.some((one) => one.key === key);
      return change(related);
    });
    // Another tab has removed it while this one was frozen, or the data of the browser was cleared.
    this.#report(user, isStored ? changes : { ...changes, removed: [...changes.removed, key] });
    return this.#stored.get(key);
  }

  /** Follows a change of another tab. Anything else is ignored: other code of the origin may use the same channel. */
  receive(message: unknown): void {
    if (this.#user !== undefined && isQueueMessage(message, this.#user)) this.#take(message);
  }

  /** @param added the write that is stored now, as itself or as a part of another one */
  #report(user: string, { put, removed, mergedInto }: StoredChanges, added?: PendingWrite): void {
    const message: QueueMessage = { user, put, removed, mergedInto };
    this.#options.announce(message);
    if (user === this.#user) this.#take(message, added);
  }

  #take({ put, removed, mergedInto }: QueueMessage, added?: PendingWrite): void {
    const changes: EntryChange[] = [];
    for (const write of put) {
      const before = this.get(write.key);
      if (this.#removed.has(write.key) || (before !== undefined && before.version >= write.version)) continue;
      const after = before === undefined ? write : withSameContent(before, write);
      this.#adding.delete(write.key);
      this.#put(after);
      changes.push({ before, after });
    }
    for (const key of removed) {
      this.#forget(key);
      const before = this.#stored.get(key);
      if (before === undefined) continue;
      for (const list of [this.#stored, this.#open, this.#shown, this.#failed]) list.delete(key);
      changes.push({ before, after: undefined });
    }
    const isMerged = added !== undefined && this.#adding.delete(added.key);
    if (isMerged) changes.push({ before: added, after: undefined });
    if (mergedInto !== undefined) {
      for (const key of isMerged ? [added.key] : removed) this.#options.onMerged(key, mergedInto);
    }
    if (changes.length > 0) this.#options.onChange(changes);
  }

  #forget(key: string): void {
    this.#removed.add(key);
    const [oldest] = this.#removed;
    if (this.#removed.size > REMOVED_MAX && oldest !== undefined) this.#removed.delete(oldest);
  }

  #put(write: PendingWrite): void {
    const { key, state } = write;
    this.#stored.set(write);
    const isIn: readonly (readonly [WriteList, boolean])[] = [
      [this.#open, isOpen(state)],
      [this.#shown, state.kind === 'shown'],
      [this.#failed, state.kind === 'failed'],
    ];
    for (const [list, belongs] of isIn) {
      if (belongs) list.set(write);
      else list.delete(key);
    }
  }
}

/** Keeps the identity of an unchanged content: what is shown depends only on it. */
function withSameContent(known: PendingWrite, next: PendingWrite): PendingWrite {
  const isSame = JSON.stringify([known.write, known.guess]) === JSON.stringify([next.write, next.guess]);
  return isSame ? { ...next, write: known.write, guess: known.guess } : next;
}
