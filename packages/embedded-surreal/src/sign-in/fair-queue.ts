/**
 * A bounded queue in which the wait does not depend on how much others put in: addresses take turns, and within an address
 * its lines do. Within a line a lower rank goes first, then who came first.
 *
 * When it is full, the address with the most loses the last of its longest line; of equal lines, that of the highest rank,
 * and then the newest. That may be the newcomer.
 */
export interface FairQueueLimits {
  /** Most that wait in one line, from one address, and in all. */
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
  /** The one whose turn it is stands first, in both maps. */
  readonly #addresses = new Map<string, Lines<T>>();

  constructor(limits: FairQueueLimits) {
    this.#limits = limits;
  }

  /** Puts one in; returns the one that has to go for it. */
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

  /** Takes out the next one that is ready; the others of its address and its line then wait for the rest to have theirs. */
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

  /** Takes out all for which this holds. */
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

  /** The first of each line. */
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
