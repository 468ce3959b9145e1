/*
 * What was left in the table because a queue was full: for each queue and partition, the range of due times.
 *
 * Queues take turns. However many there are, only some are checked for one read.
 */

/** A range of due times, both ends included. */
export interface Span {
  readonly from: Date;
  readonly to: Date;
}

/** A range to read for one queue. */
export interface OverflowPart {
  readonly queue: string;
  readonly partition: number;
  readonly span: Span;
}

/** The ranges that were left in the table, by queue and partition. */
export interface Overflow {
  /** How many queues have jobs left in the table. */
  readonly size: number;
  /** Partitions with jobs left in the table. */
  readonly partitions: ReadonlySet<number>;
  add(queue: string, partition: number, span: Span): void;
  has(queue: string, partition: number): boolean;
  remove(queue: string, partition: number): void;
  removePartition(partition: number): void;
  /**
   * Chooses up to `most` queues that are less than half full, empty ones first. The queues that were checked go to the
   * end of the order.
   *
   * @param filled the fill level of a queue, from 0 to 1
   */
  next(most: number, filled: (queue: string) => number): OverflowPart[];
}

/** A queue gets a read of its own only below this fill level. */
const REFILL_BELOW = 0.5;
/** How many queues are checked for one read: about 0.3 ms. */
const MAX_CHECKED_QUEUES = 1_000;

export function createOverflow(): Overflow {
  const spans = new Map<string, Map<number, Span>>();

  function remove(queue: string, partition: number): void {
    const parts = spans.get(queue);
    parts?.delete(partition);
    if (parts?.size === 0) spans.delete(queue);
  }

  function toTheEnd(queues: Iterable<string>): void {
    for (const queue of queues) {
      const parts = spans.get(queue);
      if (parts === undefined) continue;
      spans.delete(queue);
      spans.set(queue, parts);
    }
  }

  return {
    get size() {
      return spans.size;
    },
    get partitions() {
      return new Set([...spans.values()].flatMap((parts) => [...parts.keys()]));
    },
    add(queue, partition, { from, to }) {
      const parts = spans.get(queue) ?? new Map<number, Span>();
      const known = parts.get(partition) ?? { from, to };
      parts.set(partition, { from: from < known.from ? from : known.from, to: to > known.to ? to : known.to });
      spans.set(queue, parts);
    },
    has: (queue, partition) => spans.get(queue)?.has(partition) === true,
    remove,
    removePartition(partition) {
      for (const queue of [...spans.keys()]) remove(queue, partition);
    },
    next(most, filled) {
      const empty: OverflowPart[] = [];
      const low: OverflowPart[] = [];
      const seen: string[] = [];
      for (const [queue, parts] of spans) {
        if (empty.length === most || seen.length === MAX_CHECKED_QUEUES) break;
        seen.push(queue);
        const share = filled(queue);
        const [first] = parts;
        if (share >= REFILL_BELOW || first === undefined) continue;
        const [partition, span] = first;
        (share === 0 ? empty : low).push({ queue, partition, span });
      }
      toTheEnd(seen);
      return [...empty, ...low].slice(0, most);
    },
  };
}
