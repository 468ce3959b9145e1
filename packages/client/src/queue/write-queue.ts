import type { StoredChanges, WriteStorage } from '../storage/storage.ts';
import type { PendingWrite } from './pending-write.ts';
import { appended, type NewWrite, type QueueChanges } from './queue-changes.ts';
import { isQueueMessage } from './valid-write.ts';

/** What one tab reports to the others about the queue. */
export interface QueueMessage {
  readonly user: string;
  readonly put: readonly PendingWrite[];
  readonly removed: readonly string[];
  readonly mergedInto: string | undefined;
}

export interface WriteQueueOptions {
  readonly storage: WriteStorage;
  /** Reports a change to the other tabs. */
  readonly announce: (message: QueueMessage) => void;
  /** Called after each change, also one of another tab. */
  readonly onChange: () => void;
  /** Called when a write has become a part of another one. */
  readonly onMerged: (key: string, into: string) => void;
}

/**
 * The pending writes of the present user, in their order. The storage is the truth; this is a copy that follows the
 * changes of all tabs. A write that this tab adds is part of the copy at once, before it is stored.
 */
export class WriteQueue {
  readonly #options: WriteQueueOptions;
  #user: string | undefined;
  readonly #entries = new Map<string, PendingWrite>();
  /** Writes of this tab that are being stored. */
  readonly #adding = new Map<string, PendingWrite>();
  /** Keys that were removed: a message about them that arrives late is ignored. */
  readonly #removed = new Set<string>();
  #sorted: readonly PendingWrite[] | undefined;

  constructor(options: WriteQueueOptions) {
    this.#options = options;
  }

  /** The user whose writes these are. */
  get user(): string | undefined {
    return this.#user;
  }

  /** All pending writes in their order. */
  get entries(): readonly PendingWrite[] {
    if (this.#sorted === undefined) {
      const stored = [...this.#entries.values()].sort((one, other) => one.order - other.order);
      this.#sorted = [...stored, ...this.#adding.values()];
    }
    return this.#sorted;
  }

  get(key: string): PendingWrite | undefined {
    return this.#entries.get(key) ?? this.#adding.get(key);
  }

  /** Shows the pending writes of a user, and of nobody else. Resolves when those of earlier visits are part of it. */
  async open(user: string): Promise<void> {
    if (this.#user !== user) {
      this.leave();
      this.#user = user;
    }
    await this.reload();
  }

  /** Reads the storage again. */
  async reload(): Promise<void> {
    const user = this.#user;
    if (user === undefined) return;
    const put = await this.#options.storage.all(user);
    if (this.#user === user) this.#take({ user, put, removed: [], mergedInto: undefined });
  }

  /** The user has left: his writes stay stored and are not shown. */
  leave(): void {
    this.#user = undefined;
    this.#entries.clear();
    this.#adding.clear();
    this.#removed.clear();
    this.#changed();
  }

  /**
   * Adds a write at the end. It is part of the queue at once; resolves when it is stored, with the key of the entry that
   * contains it.
   *
   * @throws what the storage throws. The write is then not part of the queue any more.
   */
  async add(write: NewWrite): Promise<string> {
    this.#adding.set(write.key, { ...write, order: Number.POSITIVE_INFINITY, version: 0 });
    this.#changed();
    try {
      const changes = await this.#options.storage.change(write.user, write.touches, (related) =>
        appended(related, write),
      );
      this.#adding.delete(write.key);
      this.#report(write.user, changes);
      if (changes.mergedInto !== undefined) this.#options.onMerged(write.key, changes.mergedInto);
      return changes.mergedInto ?? write.key;
    } catch (error) {
      this.#adding.delete(write.key);
      this.#changed();
      throw error;
    }
  }

  /** Changes an entry and the writes related to it. Resolves with the entry as it is stored, if it still exists. */
  async change(
    key: string,
    change: (related: readonly PendingWrite[]) => QueueChanges,
  ): Promise<PendingWrite | undefined> {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const changes = await this.#options.storage.change(entry.user, entry.touches, change);
    this.#report(entry.user, changes);
    if (changes.mergedInto !== undefined) this.#options.onMerged(key, changes.mergedInto);
    return this.#entries.get(key);
  }

  /** Follows a change of another tab. Anything else is ignored: other code of the origin may use the same channel. */
  receive(message: unknown): void {
    if (this.#user === undefined || !isQueueMessage(message, this.#user)) return;
    this.#take(message);
    if (message.mergedInto === undefined) return;
    for (const key of message.removed) this.#options.onMerged(key, message.mergedInto);
  }

  #report(user: string, { put, removed, mergedInto }: StoredChanges): void {
    const message: QueueMessage = { user, put, removed, mergedInto };
    this.#options.announce(message);
    if (user === this.#user) this.#take(message);
  }

  #take({ put, removed }: QueueMessage): void {
    for (const write of put) {
      const known = this.#entries.get(write.key);
      if (this.#removed.has(write.key) || (known !== undefined && known.version >= write.version)) continue;
      this.#entries.set(write.key, known === undefined ? write : withSameContent(known, write));
    }
    for (const key of removed) {
      this.#removed.add(key);
      this.#entries.delete(key);
    }
    this.#changed();
  }

  #changed(): void {
    this.#sorted = undefined;
    this.#options.onChange();
  }
}

/** Keeps the identity of an unchanged content: what is shown depends only on it. */
function withSameContent(known: PendingWrite, next: PendingWrite): PendingWrite {
  const isSame = JSON.stringify([known.write, known.guess]) === JSON.stringify([next.write, next.guess]);
  return isSame ? { ...next, write: known.write, guess: known.guess } : next;
}
