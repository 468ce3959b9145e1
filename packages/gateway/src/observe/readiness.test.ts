import { expect, it } from 'vitest';
import { readinessOf } from './readiness.ts';

const FACTS = { isRunning: true, isReachable: true, now: 20_000, roundEndedAt: 15_000, overdueMs: 15_000 };
const codesOf = (facts: Partial<typeof FACTS>): string[] =>
  readinessOf({ ...FACTS, ...facts }).problems.map(({ code }) => code);

it('is ready while rounds end in time', () => {
  expect(readinessOf(FACTS)).toEqual({ ready: true, problems: [] });
  expect(readinessOf({ ...FACTS, roundEndedAt: undefined }).ready).toBe(true);
});

it('names every problem, but overdue rounds only if nothing else explains them', () => {
  expect(codesOf({ now: 30_001 })).toEqual(['rounds_overdue']);
  expect(codesOf({ now: 30_001, isReachable: false })).toEqual(['database_away']);
  expect(codesOf({ isRunning: false, isReachable: false })).toEqual(['not_running', 'database_away']);
  expect(readinessOf({ ...FACTS, now: 32_240 }).problems[0]?.message).toContain('for 17.2 s');
});
