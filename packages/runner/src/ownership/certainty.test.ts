import { expect, it } from 'vitest';
import { manualClock } from '../testing/manual-clock.ts';
import { createCertainty } from './certainty.ts';

function setUp() {
  const clock = manualClock();
  const reports: string[] = [];
  const certainty = createCertainty(clock, {
    stopStartingMs: 8_000,
    abortMs: 9_000,
    onUnsure: () => void reports.push(`unsure at ${clock.now()}`),
    onSure: () => void reports.push(`sure at ${clock.now()}`),
  });
  return { clock, certainty, reports };
}

it('is sure after the first confirmation, counted from when the beat was sent', () => {
  const { clock, certainty, reports } = setUp();
  expect(certainty.isSure).toBe(false);
  clock.pass(1_500);
  certainty.confirm(0);
  expect(certainty.isSure).toBe(true);
  clock.pass(6_499);
  expect(certainty.isSure).toBe(true);
  clock.pass(1);
  expect(certainty.isSure).toBe(false);
  clock.pass(999);
  expect(reports).toEqual([]);
  clock.pass(60_000);
  expect(reports).toEqual(['unsure at 9000']);
});

it('reports when it is sure again, after doubt and after being unsure', () => {
  const { clock, certainty, reports } = setUp();
  certainty.confirm(0);
  clock.pass(8_500);
  certainty.confirm(8_400);
  expect(reports).toEqual(['sure at 8500']);
  clock.pass(10_000);
  expect(reports).toEqual(['sure at 8500', 'unsure at 17400']);
  // This answer took so long that it proves nothing.
  certainty.confirm(9_000);
  expect(certainty.isSure).toBe(false);
  clock.pass(1_000);
  expect(reports).toHaveLength(2);
  certainty.confirm(19_400);
  expect(reports.slice(2)).toEqual(['sure at 19500']);
  clock.pass(9_000);
  expect(reports.slice(3)).toEqual(['unsure at 28400']);
});

it('reports nothing while beats are confirmed in time', () => {
  const { clock, certainty, reports } = setUp();
  for (let beat = 0; beat < 20; beat += 1) {
    certainty.confirm(clock.now());
    clock.pass(2_000);
    expect(certainty.isSure).toBe(true);
  }
  expect(reports).toEqual([]);
});

it('reports unsure even if a confirmation comes before the timer', () => {
  const clock = manualClock();
  const reports: string[] = [];
  // Like a process that was paused: its timers have not run.
  const certainty = createCertainty(
    { ...clock, after: () => () => {} },
    {
      stopStartingMs: 8_000,
      abortMs: 9_000,
      onUnsure: () => reports.push('unsure'),
      onSure: () => reports.push('sure'),
    },
  );
  certainty.confirm(0);
  clock.pass(20_000);
  certainty.confirm(20_000);
  expect(reports).toEqual(['unsure', 'sure']);
});

it('leaves no timer behind, and reports nothing after `end`', () => {
  const { clock, certainty, reports } = setUp();
  certainty.confirm(0);
  certainty.end();
  certainty.end();
  expect(clock.timers).toBe(0);
  expect(certainty.isSure).toBe(false);
  clock.pass(20_000);
  certainty.confirm(clock.now());
  expect(reports).toEqual([]);
});
