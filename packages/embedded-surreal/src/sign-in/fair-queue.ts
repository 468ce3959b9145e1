/**
 * A bounded queue in which one client's wait does not depend on how much others add: addresses take turns, and the
 * lines within an address take turns. Within a line, a lower rank goes first, then the order of arrival.
 *
 * When the queue is full, the address with the most entries loses the last entry of its longest line; among equal
 * lines, that of the highest rank, then the newest. That may be the entry that was just added.
 */
export interface FairQueueLimits {
  /** The maximum number of entries in one line, from one address, and in total. */
  readonly line: number;
  readonly address: number;
  readonly total: number;
}

interface Entry<T> {
  readonly rank: number;
  readonly item: T;
}

type Lines<T> = Map<string, Entry<T>[]>;

export class FairQueue<T> {
  readonly #limits: FairQueueLimits;
  /** In both maps, the first entry is the next to be served. */
  readonly #addresses = new Map<string, Lines<T>>();

  constructor(limits: FairQueueLimits) {
    this.#limits = limits;
  }

  /** Adds an entry. Returns the entry that is removed in exchange, if the queue is full. */
  add(address: string, line: string, rank: number, item: T): T | undefined {
    const lines = this.#addresses.get(address) ?? new Map<string, Entry<T>[]>();
    const entries = lines.get(line) ?? [];
    this.#addresses.set(address, lines);
    lines.set(line, entries);
    const behind = entries.findIndex((entry) => entry.rank > rank);
    entries.splice(behind === -1 ? entries.length : behind, 0, { rank, item });
    if (entries.length > this.#limits.line) return entries.pop()?.item;
    if (sizeOf(lines) > this.#limits.address) return this.#dropFrom(address, lines);
    if (this.size <= this.#limits.total) return undefined;
    const [fullest] = [...this.#addresses].sort(([, one], [, other]) => sizeOf(other) - sizeOf(one));
    return fullest && this.#dropFrom(...fullest);
  }

  /** Removes and returns the next entry that is ready. Its address and its line then go to the end of their order. */
  take(isReady: (item: T) => boolean): T | undefined {
    for (const [address, lines] of this.#addresses) {
      for (const [line, entries] of lines) {
        const [first] = entries;
        if (first === undefined || !isReady(first.item)) continue;
        entries.shift();
        this.#addresses.delete(address);
        lines.delete(line);
        if (entries.length > 0) lines.set(line, entries);
        if (lines.size > 0) this.#addresses.set(address, lines);
        return first.item;
      }
    }
    return undefined;
  }

  /** Removes and returns all entries that match. */
  remove(isOver: (item: T) => boolean): T[] {
    const removed: T[] = [];
    for (const [address, lines] of this.#addresses) {
      for (const [line, entries] of lines) {
        const kept = entries.filter(({ item }) => !isOver(item));
        if (kept.length === entries.length) continue;
        removed.push(...entries.filter(({ item }) => isOver(item)).map(({ item }) => item));
        entries.splice(0, entries.length, ...kept);
        if (kept.length === 0) lines.delete(line);
      }
      if (lines.size === 0) this.#addresses.delete(address);
    }
    return removed;
  }

  get size(): number {
    let size = 0;
    for (const lines of this.#addresses.values()) size += sizeOf(lines);
    return size;
  }

  /** The first entry of each line. */
  *heads(): Generator<T> {
    for (const lines of this.#addresses.values()) {
      for (const [first] of lines.values()) if (first !== undefined) yield first.item;
    }
  }

  #dropFrom(address: string, lines: Lines<T>): T | undefined {
    const [longest] = [...lines].toReversed().sort(([, one], [, other]) => {
      return other.length - one.length || (other.at(-1)?.rank ?? 0) - (one.at(-1)?.rank ?? 0);
    });
    if (longest === undefined) return undefined;
    const [line, entries] = longest;
    const dropped = entries.pop();
    if (entries.length === 0) lines.delete(line);
    if (lines.size === 0) this.#addresses.delete(address);
    return dropped?.item;
  }
}

function sizeOf(lines: ReadonlyMap<string, readonly unknown[]>): number {
  let size = 0;
  for (const { length } of lines.values()) size += length;
  return size;
}
