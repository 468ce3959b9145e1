/*
 * Which partitions of one table a runner takes and gives away.
 *
 * Every runner decides for itself, from a snapshot of the database, by the same rule. A fair share is P / n, rounded up
 * or down. A runner takes free partitions up to its share rounded up. It gives one away if it has more than that, or if
 * another runner has less than the share rounded down and no free partition is left for it. When every partition has an
 * owner and all shares are fair, nothing is taken or given, so there is no oscillation.
 */

/** A partition as the division sees it: its number, and its owner if that is a living runner. */
export interface PartitionOwner {
  readonly number: number;
  readonly owner: string | undefined;
}

/** What one runner should do about one table. */
export interface Division {
  /** Free partitions to take now, in this order. */
  readonly take: readonly number[];
  /** A partition to give away. Only one at a time. */
  readonly give: number | undefined;
}

/**
 * @param me one of `runners`
 * @param runners the living runners that deliver jobs of this table
 * @param partitions all partitions of the table; those of dead owners count as free
 */
export function divide(me: string, runners: readonly string[], partitions: readonly PartitionOwner[]): Division {
  const ranked = runners.toSorted();
  const most = Math.ceil(partitions.length / ranked.length);
  const fewest = Math.floor(partitions.length / ranked.length);
  const numbersOf = (owner: string | undefined): number[] =>
    partitions.filter((partition) => partition.owner === owner).map(({ number }) => number);
  const counts = new Map(ranked.map((runner) => [runner, numbersOf(runner).length]));
  const countOf = (runner: string): number => counts.get(runner) ?? 0;
  const lackOf = (runner: string): number => Math.max(0, fewest - countOf(runner));
  const lack = sum(ranked.map(lackOf));
  const free = numbersOf(undefined);

  // What other runners lack is left for them; otherwise a runner would take back what it has just given away.
  const spare = free.length - (lack - lackOf(me));
  const wanted = Math.min(most - countOf(me), Math.max(lackOf(me), spare));
  const take = rotate(free, ranked.indexOf(me) * most).slice(0, Math.max(0, wanted));

  const excess = sum(ranked.map((runner) => Math.max(0, countOf(runner) - most)));
  const missing = Math.max(0, lack - free.length - excess);
  const givers = ranked.filter((runner) => countOf(runner) === most && most > fewest).slice(0, missing);
  const gives = countOf(me) > most || givers.includes(me);
  return { take, give: gives ? numbersOf(me).at(-1) : undefined };
}

/** Runners that take at the same moment start at different positions, so that they seldom want the same partition. */
function rotate<Item>(items: readonly Item[], by: number): Item[] {
  const start = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
