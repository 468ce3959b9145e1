import { isOpen, type PendingWrite } from './pending-write.ts';
import { WriteList } from './write-list.ts';
import type { EntryChange } from './write-queue.ts';

const NO_ROUND = -1;

/** What has changed in what queries show. */
export interface ShownChanges {
  /** The tables of the writes concerned. */
  readonly tables: ReadonlySet<string>;
  /** Writes that are not shown any more because the queries contain them. */
  readonly contained: readonly PendingWrite[];
}

/**
 * The pending writes that this tab shows on top of what the gateway has sent: those that the database may still make,
 * and those that it has made but that the queries do not contain yet. Every tab has its own socket, so another tab may
 * know of a write earlier.
 */
export class ShownWrites {
  readonly #writes = new WriteList();
  /** The round of the present socket that shows a write, by key. */
  readonly #rounds = new Map<string, number>();
  /** Writes that are made, and whose round on this socket is not known. */
  readonly #unknown = new Set<string>();
  /** Writes that the queries contain, as long as the queue still has them. */
  readonly #contained = new Set<string>();
  /** Writes that are shown, although the queue does not have them any more. */
  readonly #unqueued = new Set<string>();
  #changedTables = new Set<string>();
  #newlyContained: PendingWrite[] = [];
  /** The last round that is shown on the present socket. */
  #shownRound = NO_ROUND;

  /** The writes in their order. The same list as long as nothing changes. */
  get list(): readonly PendingWrite[] {
    return this.#writes.list;
  }

  /** The writes of one record, in their order. */
  of(record: string): readonly PendingWrite[] {
    return this.#writes.touching(record).filter((write) => write.record === record);
  }

  /** Whether a round must be asked for. */
  get hasUnknown(): boolean {
    return this.#unknown.size > 0;
  }

  /** The keys of the writes that the queries contain, and that the queue still has. */
  get contained(): Iterable<string> {
    return this.#contained;
  }

  contains(key: string): boolean {
    return this.#contained.has(key);
  }

  /** What has changed since the last call. */
  takeChanges(): ShownChanges {
    const changes = { tables: this.#changedTables, contained: this.#newlyContained };
    this.#changedTables = new Set();
    this.#newlyContained = [];
    return changes;
  }

  /** Follows a change of the queue. */
  follow(change: EntryChange): void {
    const { before, after } = change;
    const entry = after ?? before;
    if (entry === undefined) return;
    const { key } = entry;
    if (hasNewContent(change)) this.#changedTables.add(tableOf(entry));
    const known = this.#writes.get(key);
    if (after === undefined) {
      this.#contained.delete(key);
      if (known === undefined) return;
      if (isOpen(known.state)) this.#forget(key);
      else this.#unqueued.add(key);
      return;
    }
    if (this.#contained.has(key)) return;
    const { state } = after;
    // One that is shown in the tab that sent it stays here until this tab has seen it too.
    const isShownHere = isOpen(state) || state.kind === 'made' || (state.kind === 'shown' && known !== undefined);
    if (isShownHere) this.#writes.set(after);
    else this.#forget(key);
    // Another tab has shown it before this one heard of it, so whatever the gateway sends from here on contains it.
    if (state.kind === 'shown' && !isShownHere) this.#contained.add(key);
    if (isShownHere && !isOpen(state) && !this.#rounds.has(key)) this.#unknown.add(key);
  }

  /**
   * The gateway has made a write, and the round of the present socket shows it. Returns the write if that round is shown
   * already: several frames may arrive together.
   */
  madeIn(key: string, round: number): PendingWrite | undefined {
    this.#unknown.delete(key);
    if (round <= this.#shownRound) return this.#contain(key);
    this.#rounds.set(key, round);
    return undefined;
  }

  /** The writes whose round is not known. The round of the answer to a `sync` that is sent now shows all of them. */
  takeUnknown(): readonly string[] {
    const keys = [...this.#unknown];
    this.#unknown.clear();
    return keys;
  }

  /** The answer of a `sync` did not come. */
  returnUnknown(keys: readonly string[]): void {
    for (const key of keys) if (this.#writes.get(key) !== undefined) this.#unknown.add(key);
  }

  /** A round is shown. Returns the writes that it contains: they are not on top of it any more. */
  shownThrough(round: number): readonly PendingWrite[] {
    this.#shownRound = round;
    const keys = [...this.#rounds].filter(([, its]) => its <= round).map(([key]) => key);
    return keys.flatMap((key) => this.#contain(key) ?? []);
  }

  /** The socket is lost. Its rounds mean nothing on the next one. */
  lost(): void {
    for (const key of this.#rounds.keys()) if (this.#writes.get(key) !== undefined) this.#unknown.add(key);
    this.#rounds.clear();
    this.#shownRound = NO_ROUND;
  }

  /** The user has left. */
  clear(): void {
    this.#writes.clear();
    this.#rounds.clear();
    this.#unknown.clear();
    this.#contained.clear();
    this.#unqueued.clear();
    this.takeChanges();
  }

  #contain(key: string): PendingWrite | undefined {
    const write = this.#writes.get(key);
    const isQueued = !this.#unqueued.has(key);
    this.#forget(key);
    if (write === undefined) return undefined;
    if (isQueued) this.#contained.add(key);
    this.#changedTables.add(tableOf(write));
    this.#newlyContained.push(write);
    return write;
  }

  #forget(key: string): void {
    this.#writes.delete(key);
    this.#rounds.delete(key);
    this.#unknown.delete(key);
    this.#unqueued.delete(key);
  }
}

/** Whether a change of the queue concerns more than the state of a write. */
function hasNewContent({ before, after }: EntryChange): boolean {
  return (
    before?.write !== after?.write ||
    before?.guess !== after?.guess ||
    (before?.state.kind === 'failed') !== (after?.state.kind === 'failed')
  );
}

/** The table that a write changes. */
export function tableOf({ write }: PendingWrite): string {
  return write.id.$r[0];
}
