import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Leadership } from './leadership.ts';
import { Turn } from './turn.ts';

const turns: Turn[] = [];
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => {
  for (const turn of turns.splice(0)) turn.leave();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function start(name: string): Turn {
  const turn = new Turn(() => undefined);
  turns.push(turn);
  turn.enter(name);
  return turn;
}

/** Waits until all locks that are free are given. */
async function settle(): Promise<void> {
  for (let round = 0; round < 5; round += 1) await new Promise(setImmediate);
}

it('is that of a tab with a connection', async () => {
  const [first, second] = [start('connection'), start('connection')];
  first.connected();
  second.connected();
  await settle();
  expect([first.isHeld, second.isHeld]).toEqual([true, false]);
  first.lost();
  await settle();
  expect([first.isHeld, second.isHeld]).toEqual([false, true]);
});

it('is that of another tab for a while after the storage has failed', async () => {
  const [first, second] = [start('failure'), start('failure')];
  first.connected();
  await settle();
  second.connected();
  first.failed();
  await settle();
  expect([first.isHeld, second.isHeld]).toEqual([false, true]);
  second.lost();
  await settle();
  expect(first.isHeld).toBe(false);
  vi.advanceTimersByTime(5_000);
  await settle();
  expect(first.isHeld).toBe(true);
});

it('is taken from a frozen tab by a visible one whose writes wait for long', async () => {
  const frozen = new Leadership('frozen tab', () => undefined);
  frozen.seek();
  await settle();
  const page = { visibilityState: 'hidden' };
  vi.stubGlobal('document', page);
  const turn = start('frozen tab');
  turn.connected();
  turn.progressed(true);
  vi.advanceTimersByTime(29_000);
  turn.progressed(true);
  vi.advanceTimersByTime(29_000);
  await settle();
  expect(turn.isHeld).toBe(false);
  vi.advanceTimersByTime(30_000);
  await settle();
  expect(turn.isHeld).toBe(false);
  page.visibilityState = 'visible';
  vi.advanceTimersByTime(30_000);
  await settle();
  expect([frozen.isHeld, turn.isHeld]).toEqual([false, true]);
  frozen.release();
});
