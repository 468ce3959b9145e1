import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { startDatabase, type TestDatabase } from './testing/database.ts';
import { eventually } from './testing/eventually.ts';
import { expired } from './testing/expired.ts';
import { People, sharedStorage } from './testing/people.ts';

/** Tabs of a browser without Web Locks have nothing to take turns by; here they share a module, so it is taken out. */
vi.mock('./exclusive.ts', () => ({ exclusively: (_: string, task: () => unknown) => task() }));

let database: TestDatabase;
const people = new People(() => database);
beforeAll(async () => {
  vi.stubGlobal('navigator', {});
  // All tabs are this one thread, so one that has to wait must not lose its two seconds of patience for the others.
  const patient = new Proxy(setTimeout, {
    apply: (set, _, [task, ms, ...rest]) => set(task, ms === 2_000 ? 20_000 : ms, ...rest),
  });
  vi.stubGlobal('setTimeout', patient);
  database = await startDatabase();
});
afterEach(() => people.close());
afterAll(async () => {
  vi.unstubAllGlobals();
  await database.close();
});

it('without Web Locks, tabs that renew at once stay signed in by what the first of them stores', async () => {
  const browser = sharedStorage();
  (await people.newcomer(browser.tab())).close();
  const [name = '', text = ''] = [...browser.items][0] ?? [];
  browser.items.set(name, expired(text));
  const tabs = [1, 2, 3].map(() => people.visitor(browser.tab()));
  await eventually(() => expect(new Set(tabs.map(({ auth }) => auth.state.kind))).toEqual(new Set(['signed-in'])));
  expect(JSON.parse(browser.items.get(name) ?? '')).not.toMatchObject({ refresh: JSON.parse(text).refresh });
});
