/** What every benchmark needs: rounds that alternate between two sides, and numbers that say how far they spread. */

/** A benchmark's default export. What it returns is printed as JSON; `progress` writes a line for whoever waits. */
export type Benchmark = (progress: (line: string) => void) => Promise<object>;

export interface Summary {
  readonly median: number;
  readonly p90: number;
  readonly p99: number;
  readonly min: number;
  readonly max: number;
  readonly samples: number;
}

export function summarize(samples: readonly number[]): Summary {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (share: number): number => round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]);
  return {
    median: at(0.5),
    p90: at(0.9),
    p99: at(0.99),
    min: at(0),
    max: round(sorted.at(-1)),
    samples: sorted.length,
  };
}

export const round = (value = Number.NaN): number => Number(value.toPrecision(4));

export interface Comparison {
  readonly unit: string;
  /** One figure for each round, in the order they were measured. */
  readonly subject: readonly number[];
  readonly baseline: readonly number[];
  /** Subject through baseline, round by round: what both suffered in the same moment cancels out. */
  readonly ratio: { readonly median: number; readonly min: number; readonly max: number };
}

/**
 * Measures two sides in alternating rounds, each side first in every other one, after a round that does not count.
 * A side returns its figure for the round: a latency or a throughput.
 */
export async function compare(
  unit: string,
  rounds: number,
  sides: { readonly subject: () => Promise<number>; readonly baseline: () => Promise<number> },
): Promise<Comparison> {
  const subject: number[] = [];
  const baseline: number[] = [];
  for (let index = -1; index < rounds; index += 1) {
    const inOrder = index % 2 === 0;
    if (inOrder) subject.push(await sides.subject());
    baseline.push(await sides.baseline());
    if (!inOrder) subject.push(await sides.subject());
  }
  subject.shift();
  baseline.shift();
  const ratios = summarize(subject.map((figure, index) => figure / (baseline[index] ?? Number.NaN)));
  return {
    unit,
    subject: subject.map(round),
    baseline: baseline.map(round),
    ratio: { median: ratios.median, min: ratios.min, max: ratios.max },
  };
}

/** The median latency of `count` runs of `work`, one after the other, in milliseconds. */
export async function medianLatency(count: number, work: (index: number) => Promise<unknown>): Promise<number> {
  const samples: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const start = performance.now();
    await work(index);
    samples.push(performance.now() - start);
  }
  return summarize(samples).median;
}

/** How many of `count` runs of `work` are done in a second with `inFlight` of them under way at any time. */
export async function throughput(
  count: number,
  inFlight: number,
  work: (index: number) => Promise<unknown>,
): Promise<number> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: inFlight }, lane));
  return count / ((performance.now() - start) / 1000);
}
