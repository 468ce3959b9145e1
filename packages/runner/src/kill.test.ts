import { expect, onTestFailed, test } from 'vitest';
import type { StormReport } from './testing/chaos/report.ts';
import { storm } from './testing/chaos/storm.ts';
import { RECOVERY_MS } from './testing/chaos/summary.ts';

/** `SEED=7 npx vitest run packages/runner/src/kill.test.ts` repeats one. */
const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);
const JOBS = 1_000;
const KILLS = 15;
/** The start time of a runner on a machine that meets the recovery limit; a slower machine gets more time. */
const START_MS = 2_000;

test('keeps every invariant while runners, backend and database are killed 15 times under 1,000 jobs', {
  timeout: 900_000,
}, async () => {
  onTestFailed(() => console.error(`SEED=${SEED} repeats this storm`));
  const report = await storm({ seed: SEED, jobs: JOBS, kills: KILLS, runners: 3, patienceMs: 300_000 });
  expect(report.jobs).toBe(JOBS);
  expect(Object.entries(report.violations).filter(([, { length }]) => length > 0)).toEqual([]);
  const recoveryMs = RECOVERY_MS * Math.max(1, report.startMs / START_MS);
  expect(report.recoveries.filter(({ ms }) => ms > recoveryMs)).toEqual([]);
  expectAStorm(report);
});

/** A storm in which nothing happens would prove nothing. */
function expectAStorm({ kills, requests, ends, rescues, deaths, recoveries, calls }: StormReport): void {
  expect(kills.runner + kills.backend + kills.database).toBe(KILLS);
  expect(requests.cancel).toBeGreaterThan(0);
  expect(requests.retry).toBeGreaterThan(0);
  expect(rescues).toBeGreaterThan(0);
  expect(deaths.killed).toBeGreaterThan(0);
  expect(recoveries).not.toEqual([]);
  expect(calls).toBeGreaterThan(JOBS);
  expect(ends.success).toBeGreaterThan(JOBS / 2);
  expect(ends['failed: cancelled']).toBeGreaterThan(0);
}
