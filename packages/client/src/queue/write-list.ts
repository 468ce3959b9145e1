import type { PendingWrite } from './pending-write.ts';

/**
 * Pending writes in their order, found by key and by the records that they touch. What an operation costs does not grow
 * with the number of writes, as long as they arrive in their order, which they nearly always do.
 */
export class WriteList implements Iterable<PendingWrite> {
  readonly #writes = new Map<string, PendingWrite>();
  /** The keys of the writes that touch a record, by record. */
  readonly #touching = new Map<string, Set<string>>();
  #lastOrder = Number.NEGATIVE_INFINITY;
  #isSorted = true;
  #list: readonly PendingWrite[] | undefined;

  get size(): number {
    return this.#writes.size;
  }

  /** All writes in their order. The same list as long as nothing changes. */
  get list(): readonly PendingWrite[] {
    this.#list ??= [...this];
    return this.#list;
  }

  get(key: string): PendingWrite | undefined {
    return this.#writes.get(key);
  }

  /** The writes that touch a record, in their order. */
  touching(record: string): PendingWrite[] {
    const found = [...(this.#touching.get(record) ?? [])].flatMap((key) => this.#writes.get(key) ?? []);
    return found.sort(inOrder);
  }

  /** Whether a write touches a record. */
  touches(record: string): boolean {
    return this.#touching.has(record);
  }

  [Symbol.iterator](): Iterator<PendingWrite> {
    this.#sort();
    return this.#writes.values();
  }

  /** Adds a write, or replaces the one with its key. */
  set(write: PendingWrite): void {
    const known = this.#writes.get(write.key);
    if (known !== undefined) this.#unlink(known, write.touches);
    if (known?.order !== write.order) {
      this.#isSorted &&= known === undefined && write.order >= this.#lastOrder;
      this.#lastOrder = Math.max(this.#lastOrder, write.order);
    }
    this.#writes.set(write.key, write);
    for (const record of write.touches) {
      const keys = this.#touching.get(record);
      if (keys === undefined) this.#touching.set(record, new Set([write.key]));
      else keys.add(write.key);
    }
    this.#list = undefined;
  }

  /** Returns whether there was such a write. */
  delete(key: string): boolean {
    const known = this.#writes.get(key);
    if (known === undefined) return false;
    this.#unlink(known, []);
    this.#writes.delete(key);
    this.#list = undefined;
    return true;
  }

  clear(): void {
    this.#writes.clear();
    this.#touching.clear();
    this.#lastOrder = Number.NEGATIVE_INFINITY;
    this.#isSorted = true;
    this.#list = undefined;
  }

  #unlink({ key, touches }: PendingWrite, kept: readonly string[]): void {
    for (const record of touches) {
      if (kept.includes(record)) continue;
      const keys = this.#touching.get(record);
      keys?.delete(key);
      if (keys?.size === 0) this.#touching.delete(record);
    }
  }

  #sort(): void {
    if (this.#isSorted) return;
    const sorted = [...this.#writes.values()].sort(inOrder);
    this.#writes.clear();
    for (const write of sorted) this.#writes.set(write.key, write);
    this.#isSorted = true;
  }
}

/** Writes that are not stored yet have the order Infinity, and stay as they were added. */
function inOrder(one: PendingWrite, other: PendingWrite): number {
  return one.order === other.order ? 0 : one.order - other.order;
}
