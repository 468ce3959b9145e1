import { afterEach, expect, it, vi } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import { Leadership } from './leadership.ts';

const tabs: Leadership[] = [];
afterEach(() => {
  for (const tab of tabs.splice(0)) tab.release();
  vi.unstubAllGlobals();
});

function open(name: string): { readonly tab: Leadership; readonly gained: () => number } {
  let count = 0;
  const tab = new Leadership(name, () => {
    count += 1;
  });
  tabs.push(tab);
  return { tab, gained: () => count };
}

it('is held by one tab, and then by the next one that seeks it', async () => {
  const [first, second] = [open('order'), open('order')];
  first.tab.seek();
  second.tab.seek();
  await eventually(() => expect(first.tab.isHeld).toBe(true));
  expect(second.tab.isHeld).toBe(false);
  first.tab.release();
  expect(first.tab.isHeld).toBe(false);
  await eventually(() => expect(second.tab.isHeld).toBe(true));
  first.tab.seek();
  second.tab.release();
  await eventually(() => expect([first.tab.isHeld, first.gained()]).toEqual([true, 2]));
});

it('is not gained by a tab that has given up seeking it', async () => {
  const [first, second, third] = [open('given up'), open('given up'), open('given up')];
  first.tab.seek();
  await eventually(() => expect(first.tab.isHeld).toBe(true));
  second.tab.seek();
  third.tab.seek();
  second.tab.release();
  first.tab.release();
  await eventually(() => expect(third.tab.isHeld).toBe(true));
  expect(second.gained()).toBe(0);
});

it('can be stolen from a tab that does not use it, which then seeks it again', async () => {
  const [frozen, visible] = [open('frozen'), open('frozen')];
  frozen.tab.seek();
  await eventually(() => expect(frozen.tab.isHeld).toBe(true));
  visible.tab.seek();
  visible.tab.steal();
  await eventually(() => expect([frozen.tab.isHeld, visible.tab.isHeld]).toEqual([false, true]));
  visible.tab.release();
  await eventually(() => expect(frozen.tab.isHeld).toBe(true));
});

it.each([
  ['has no locks', {}],
  ['forbids locks', { locks: { request: () => Promise.reject(new DOMException('No.', 'SecurityError')) } }],
])('is held by every tab if the browser %s', async (_, navigator) => {
  vi.stubGlobal('navigator', navigator);
  const all = [open('every'), open('every')];
  for (const { tab } of all) tab.seek();
  await eventually(() =>
    expect(all.map(({ tab, gained }) => [tab.isHeld, gained()])).toEqual([
      [true, 1],
      [true, 1],
    ]),
  );
});
