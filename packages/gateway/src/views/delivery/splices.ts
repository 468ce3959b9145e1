import type { WireSplice } from '../../wire/frames.ts';

/**
 * The fewest removals and insertions that turn `before` into `after`, to be applied in order. Keys are unique in each
 * list. The kept keys are the longest increasing sequence of old positions, so moving one row moves one key.
 *
 * @param moved the keys that are only in one of the lists, or have another place among the others; undefined if that is
 *   not known, which costs more
 * @throws RangeError if a moved key is missing
 */
export function splicesOf(
  before: readonly string[],
  after: readonly string[],
  moved?: ReadonlySet<string>,
): WireSplice[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let tail = 0;
  const shorter = Math.min(before.length, after.length) - start;
  while (tail < shorter && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
  const [from, to] = [before.slice(start, before.length - tail), after.slice(start, after.length - tail)];
  return splicesBetween(from, to, start, moved ? { has: (key) => !moved.has(key) } : keptOf(from, to));
}

/**
 * @param at the index of both parts in their lists
 * @param kept the keys that both parts contain in the same order
 * @throws RangeError if `kept` is wrong
 */
function splicesBetween(
  before: readonly string[],
  after: readonly string[],
  at: number,
  kept: { has(key: string): boolean },
): WireSplice[] {
  const splices: WireSplice[] = [];
  let from = 0;
  let to = 0;
  while (from < before.length || to < after.length) {
    const removedFrom = from;
    while (from < before.length && !kept.has(before[from] ?? '')) from += 1;
    const insertedFrom = to;
    while (to < after.length && !kept.has(after[to] ?? '')) to += 1;
    const insert = after.slice(insertedFrom, to);
    if (from > removedFrom || insert.length > 0) splices.push([at, from - removedFrom, insert]);
    at += insert.length;
    if (before[from] !== after[to]) throw new RangeError('the moved keys are incomplete');
    while (from < before.length && before[from] === after[to] && kept.has(before[from] ?? '')) {
      at += 1;
      from += 1;
      to += 1;
    }
  }
  return splices;
}

/**
 * The keys that stay in place: a longest increasing subsequence of the positions that `after`'s keys have in `before`.
 */
function keptOf(before: readonly string[], after: readonly string[]): Set<string> {
  const places = new Map(before.map((key, place) => [key, place]));
  /** For each length, the run of that length that ends at the lowest position. Each run links to its predecessor. */
  interface Run {
    readonly place: number;
    readonly key: string;
    readonly previous: Run | undefined;
  }
  const runs: Run[] = [];
  for (const key of after) {
    const place = places.get(key);
    if (place === undefined) continue;
    let low = 0;
    let high = runs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((runs[middle]?.place ?? 0) < place) low = middle + 1;
      else high = middle;
    }
    runs[low] = { place, key, previous: runs[low - 1] };
  }
  const kept = new Set<string>();
  for (let run = runs.at(-1); run !== undefined; run = run.previous) kept.add(run.key);
  return kept;
}
