/** A source of random choices that a seed repeats. */
export interface Random {
  /** A whole number from 0 to n - 1. */
  below(n: number): number;
  chance(share: number): boolean;
  pick<T>(items: readonly T[]): T;
  list<T>(most: number, make: () => T): T[];
}

/** Uses the Mulberry32 generator. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (n: number): number => Math.floor(next() * n);
  return {
    below,
    chance: (share) => next() < share,
    pick<T>(items: readonly T[]): T {
      const item = items[below(items.length)];
      if (item === undefined && items.length === 0) throw new RangeError('There is nothing to pick from.');
      return item as T;
    },
    list: (most, make) => Array.from({ length: below(most + 1) }, make),
  };
}

/** The runs and the seed of a random test. `SEED=… RUNS=… npx vitest run …` repeats a run or makes more. */
export function fuzzSettings(runs: number): { readonly runs: number; readonly seed: number } {
  const { RUNS, SEED } = process.env;
  return { runs: Number(RUNS ?? runs), seed: Number(SEED ?? Date.now() % 1_000_000) };
}
