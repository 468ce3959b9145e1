import { isOpen, type PendingWrite } from './pending-write.ts';

const NO_ROUND = -1;

/**
 * The pending writes that this tab shows on top of what the gateway has sent: those that the database may still make,
 * and those that it has made but that the queries do not contain yet. Every tab has its own socket, so another tab may
 * know of a write earlier.
 */
export class ShownWrites {
  readonly #writes = new Map<string, PendingWrite>();
  /** The round of the present socket that shows a write, by key. */
  readonly #rounds = new Map<string, number>();
  /** Writes that are made, and whose round on this socket is not known. */
  readonly #unknown = new Set<string>();
  /** Writes that the queries contain, as long as the queue still has them. */
  readonly #contained = new Set<string>();
  /** The last round that is shown on the present socket. */
  #shownRound = NO_ROUND;
  #list: readonly PendingWrite[] | undefined;

  /** The writes in their order. The same list as long as nothing changes. */
  get list(): readonly PendingWrite[] {
    this.#list ??= [...this.#writes.values()].sort((one, other) => one.order - other.order);
    return this.#list;
  }

  /** Whether a round must be asked for. */
  get hasUnknown(): boolean {
    return this.#unknown.size > 0;
  }

  /** Follows the queue. Returns whether what is shown has changed. */
  follow(entries: readonly PendingWrite[]): boolean {
    const before = this.list;
    const present = new Set<string>();
    for (const entry of entries) {
      const { key, state } = entry;
      present.add(key);
      if (this.#contained.has(key)) continue;
      // One that is shown in the tab that sent it stays here until this tab has seen it too.
      const isShownHere = isOpen(state) || state.kind === 'made' || (state.kind === 'shown' && this.#writes.has(key));
      if (isShownHere) this.#writes.set(key, entry);
      else this.#forget(key);
      if (isShownHere && !isOpen(state) && !this.#rounds.has(key)) this.#unknown.add(key);
    }
    for (const [key, { state }] of this.#writes) if (!present.has(key) && isOpen(state)) this.#forget(key);
    for (const key of this.#contained) if (!present.has(key)) this.#contained.delete(key);
    this.#list = undefined;
    const after = this.list;
    const isSame = after.length === before.length && after.every((entry, at) => isSameWrite(entry, before[at]));
    if (isSame) this.#list = before;
    return !isSame;
  }

  /**
   * The gateway has made a write, and the round of the present socket shows it. Returns whether that round is shown
   * already: several frames may arrive together.
   */
  madeIn(key: string, round: number): boolean {
    this.#unknown.delete(key);
    if (round > this.#shownRound) {
      this.#rounds.set(key, round);
      return false;
    }
    this.#forget(key);
    this.#contained.add(key);
    return true;
  }

  /** The writes whose round is not known. The round of the answer to a `sync` that is sent now shows all of them. */
  takeUnknown(): readonly string[] {
    const keys = [...this.#unknown];
    this.#unknown.clear();
    return keys;
  }

  /** The answer of a `sync` did not come. */
  returnUnknown(keys: readonly string[]): void {
    for (const key of keys) if (this.#writes.has(key)) this.#unknown.add(key);
  }

  /** Whether the queries contain a write that the queue still has. */
  contains(key: string): boolean {
    return this.#contained.has(key);
  }

  /** A round is shown. The writes that it contains are not on top of it any more. */
  shownThrough(round: number): void {
    this.#shownRound = round;
    const keys = [...this.#rounds].filter(([, its]) => its <= round).map(([key]) => key);
    for (const key of keys) {
      this.#forget(key);
      this.#contained.add(key);
    }
  }

  /** The socket is lost. Its rounds mean nothing on the next one. */
  lost(): void {
    for (const key of this.#rounds.keys()) if (this.#writes.has(key)) this.#unknown.add(key);
    this.#rounds.clear();
    this.#shownRound = NO_ROUND;
  }

  /** The user has left. */
  clear(): void {
    this.#writes.clear();
    this.#rounds.clear();
    this.#unknown.clear();
    this.#contained.clear();
    this.#list = undefined;
  }

  #forget(key: string): void {
    this.#writes.delete(key);
    this.#rounds.delete(key);
    this.#unknown.delete(key);
    this.#list = undefined;
  }
}

function isSameWrite(one: PendingWrite, other: PendingWrite | undefined): boolean {
  return one.key === other?.key && one.write === other.write && one.guess === other.guess;
}
