import type { StormReport } from './report.ts';

/**
 * The promise: 10 s without a beat, three beats of 2 s until a runner is declared dead and its partitions are taken,
 * and 4 s for the rest.
 */
export const RECOVERY_MS = 20_000;
const MAX_EXAMPLES = 5;

export type Summary = Omit<StormReport, 'violations' | 'recoveries'> & {
  /** Empty if all invariants hold; otherwise how often each is broken, with some examples. */
  readonly violations: Readonly<Record<string, { readonly count: number; readonly examples: readonly string[] }>>;
  /** In milliseconds. */
  readonly recovery: {
    readonly count: number;
    readonly median: number;
    readonly p99: number;
    readonly longest: number;
    /** How long jobs of killed runners waited for their next call: the 99th percentile and the longest. */
    readonly called: { readonly p99: number; readonly longest: number };
    /** How many took longer than promised, and how many of these without a kill of the database meanwhile. */
    readonly late: number;
    readonly lateWithoutOutage: number;
  };
};

/** A report of bounded length. */
export function summaryOf({ violations, recoveries, ...report }: StormReport): Summary {
  const broken = Object.entries(violations).filter(([, { length }]) => length > 0);
  const waits = recoveries.map(({ ms }) => ms).toSorted((a, b) => a - b);
  const called = recoveries.flatMap(({ calledMs }) => calledMs ?? []).toSorted((a, b) => a - b);
  const late = recoveries.filter(({ ms }) => ms > RECOVERY_MS);
  return {
    ...report,
    violations: Object.fromEntries(
      broken.map(([name, found]) => [name, { count: found.length, examples: found.slice(0, MAX_EXAMPLES) }]),
    ),
    recovery: {
      count: waits.length,
      median: at(waits, 0.5),
      p99: at(waits, 0.99),
      longest: waits.at(-1) ?? 0,
      called: { p99: at(called, 0.99), longest: called.at(-1) ?? 0 },
      late: late.length,
      lateWithoutOutage: late.filter(({ outages }) => outages === 0).length,
    },
  };
}

/** The value below which this share of the sorted numbers lies. */
function at(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0;
}

/** Whether every promise was kept. */
export function holds({ violations, recoveries }: StormReport): boolean {
  return (
    Object.values(violations).every(({ length }) => length === 0) && recoveries.every(({ ms }) => ms <= RECOVERY_MS)
  );
}

/** The summary as text. */
export function textOf(summary: Summary, invariants: readonly string[]): string {
  const { seed, jobs, runners, kills, durationMs, calls, writes, effects, rescues, requests, ends, recovery } = summary;
  const { deaths, mostUnwritten } = summary;
  const list = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .map(([name, count]) => `${count} ${name}`)
      .join(', ');
  const verdicts = invariants.map((name) => {
    const broken = summary.violations[name];
    if (broken === undefined) return `  holds   ${name}`;
    return [`  BROKEN  ${name}: ${broken.count} times`, ...broken.examples.map((one) => `          ${one}`)].join('\n');
  });
  return [
    `seed ${seed}: ${jobs} jobs, ${runners} runners, ${Math.round(durationMs / 1000)} s`,
    `  kills   ${list(kills)}`,
    `  seen    ${calls} calls, ${effects} effects, ${writes} writes, ${rescues} rescues, ${list(requests)}`,
    `  ends    ${list(ends)}`,
    `  dead    ${deaths.killed} runners in killed processes, ${deaths.alive} in others; at most ${mostUnwritten} jobs of one called and unwritten`,
    `  again   ${recovery.count} jobs and partitions of killed runners: median ${recovery.median} ms, p99 ${recovery.p99} ms, longest ${recovery.longest} ms, ${recovery.late} too late; called again within ${recovery.called.p99} ms (p99), ${recovery.called.longest} ms`,
    ...verdicts,
  ].join('\n');
}
