import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TerminalState } from './lifecycle.ts';
import { decideRestart, NO_RESTARTS, type RestartHistory, type RestartPolicy } from './restart-policy.ts';

const failed = { state: 'failed', ranMs: 0 } as const;
const half = () => 0.5;

test.each<[RestartPolicy['when'], TerminalState[]]>([
  ['never', []],
  ['on-failure', ['failed', 'timed_out']],
  ['always', ['failed', 'timed_out', 'completed']],
])('with policy %s restarts after %j', (when, restarted) => {
  for (const state of ['stopped', 'completed', 'failed', 'timed_out'] as const) {
    const decision = decideRestart({ when }, NO_RESTARTS, { state, ranMs: 0 }, 0, half);
    expect(decision.type).toBe(restarted.includes(state) ? 'restart' : 'end');
  }
});

function delays(policy: RestartPolicy, runs: readonly number[], random: () => number): number[] {
  let history: RestartHistory = NO_RESTARTS;
  return runs.map((ranMs) => {
    const decision = decideRestart(policy, history, { state: 'failed', ranMs }, 0, random);
    if (decision.type !== 'restart') throw new Error('gave up');
    history = decision.history;
    return decision.delayMs;
  });
}

test('doubles the delay up to its maximum, and resets it after a stable run', () => {
  const policy = { when: 'always', maxRestarts: 99, backoff: { initialMs: 100, maxMs: 500 }, stableMs: 1000 } as const;
  expect(delays(policy, [0, 0, 0, 0, 999, 1000, 0], () => 1)).toEqual([100, 200, 400, 500, 500, 100, 200]);
});

test('keeps each delay between half of the backoff and the whole', () => {
  const policy = { when: 'always', maxRestarts: 99, backoff: { initialMs: 100, maxMs: 5000 } } as const;
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.double({ min: 0, max: 1, noNaN: true }), (count, random) => {
      const runs = Array.from({ length: count }, () => 0);
      for (const [at, delay] of delays(policy, runs, () => random).entries()) {
        const full = Math.min(5000, 100 * 2 ** at);
        expect(delay).toBeGreaterThanOrEqual(full / 2);
        expect(delay).toBeLessThanOrEqual(full);
      }
    }),
  );
});

test('gives up after `maxRestarts` within the window, not over a longer time', () => {
  const policy = { when: 'on-failure', maxRestarts: 2, windowMs: 1000 } as const;
  const at = (now: number, recent: number[]) => decideRestart(policy, { recent, inARow: 0 }, failed, now, half).type;
  expect(at(100, [0])).toBe('restart');
  expect(at(100, [0, 50])).toBe('give-up');
  expect(at(1000, [0, 50])).toBe('restart');
  expect(decideRestart({ ...policy, maxRestarts: 0 }, NO_RESTARTS, failed, 0, half).type).toBe('give-up');
});
