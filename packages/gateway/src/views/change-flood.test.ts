import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { LIMITS } from '../limits.ts';
import { startTestDatabase, type TestDatabase } from '../testing/database.ts';
import { BOB, LIVE_SCHEMA, startLiveViews, WAIT } from '../testing/live-fixture.ts';
import { plan, readSimpleSchema } from '../testing/simple-plans.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase(LIVE_SCHEMA);
});
afterAll(() => database.close());

it('sends a flood of changes to the views of that table only', async () => {
  const inTransactions = vi.fn();
  const { views, tab: open } = await startLiveViews(database, {
    readSchema: (queries) => {
      if (!('writeSignal' in queries)) inTransactions();
      return readSimpleSchema(queries);
    },
  });
  const tab = open({ reader: BOB });
  views.subscribe(tab, 1, plan('person'));
  await vi.waitFor(() => expect(tab.rowsOf(1)).toEqual([]), WAIT);
  // Registered after the first round, which is a reset.
  const changes: (number | 'reset')[] = [];
  views.onChanges((ids) => changes.push(ids === 'reset' ? ids : ids.length));
  const before = inTransactions.mock.calls.length;

  // One transaction, as when deleting a record deletes its rows.
  const count = 2 * LIMITS.changes.idsPerRound + 1;
  await database.owner.queryAll(`FOR $i IN 0..${count} { CREATE team RETURN NONE }`, {}, { timeoutMs: 30_000 });
  await database.owner.queryAll('CREATE person:a');
  await vi.waitFor(() => expect(tab.rowsOf(1)).toHaveLength(1), { ...WAIT, timeout: 25_000 });
  await vi.waitFor(
    async () => expect(await database.owner.query('SELECT VALUE id FROM spooky_change LIMIT 1')).toEqual([]),
    { ...WAIT, timeout: 25_000 },
  );

  expect(changes).not.toContain('reset');
  expect(changes.reduce<number>((sum, ids) => sum + Number(ids), 0)).toBe(count + 1);
  expect(inTransactions.mock.calls.length).toBe(before);
  const frames = tab.frames.filter(({ type }) => type === 'snapshot' || type === 'delta' || type === 'failed');
  expect(frames.map(({ type }) => type)).toEqual(['snapshot', 'delta']);
}, 60_000);
