/** Delayed jobs: due by the database's clock, whatever happens until then. */
import type { RecordId } from 'surrealdb';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { createFixture, type Fixture } from '../testing/fixture.ts';

let fixture: Fixture;

beforeAll(async () => {
  fixture = await createFixture('own process');
});
afterEach(() => fixture.reset());
afterAll(() => fixture.close());

/** A job that is due after this time, as the gateway inserts it. */
async function insertDelayed(delay: string): Promise<RecordId> {
  const statement = `CREATE ONLY job SET path = '/spookify', payload = { id: 'thread:a' }, unique_key = 'a',
    run_at = time::now() + ${delay} RETURN VALUE id`;
  return await fixture.database.query<RecordId>(statement);
}

/** For each call, whether the job was due by the clock of the database. */
function watchCalls(): unknown[] {
  const wasDue: unknown[] = [];
  fixture.backend.answer(async (request) => {
    const id = String(request.headers['x-job-id']);
    const due = 'SELECT VALUE run_at <= time::now() FROM ONLY type::record($id)';
    wasDue.push(await fixture.database.query(due, { id }));
    return {};
  });
  return wasDue;
}

test('runs a delayed job once and not early after its runner and its database were restarted', {
  timeout: 90_000,
}, async () => {
  const wasDue = watchCalls();
  const first = await fixture.run();
  const id = await insertDelayed('3s');
  await first.stop();
  await fixture.database.stop();
  await fixture.database.start();
  await fixture.run();
  await fixture.run();
  await fixture.becomes(id, { status: 'success', retries: 0, rescues: 0 });
  expect(wasDue).toEqual([true]);
});

test.each([
  ['ahead', '2090-01-01T00:00:00Z'],
  ['behind', '2001-01-01T00:00:00Z'],
])("runs a delayed job once and not early if the runner's clock is years %s", async (_, now) => {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date(now) });
  onTestFinished(() => void vi.useRealTimers());
  const wasDue = watchCalls();
  await fixture.run();
  const id = await insertDelayed('1500ms');
  await fixture.becomes(id, { status: 'success' });
  expect(wasDue).toEqual([true]);
});

test('cancels a delayed job on request: it is never called, and its key is free', async () => {
  await fixture.run();
  const id = await insertDelayed('1h');
  await fixture.database.query(`UPDATE $id SET request = 'cancel'`, { id });
  const row = await fixture.becomes(id, { status: 'failed', errors: [{ attempt: 1, code: 'cancelled' }] });
  expect(row).not.toHaveProperty('request');
  expect(row).not.toHaveProperty('active_key');
  expect(fixture.backend.calls).toEqual([]);
});

test('starts a delayed job at once on request', async () => {
  await fixture.run();
  const id = await insertDelayed('1h');
  await fixture.database.query(`UPDATE $id SET request = 'retry'`, { id });
  expect(await fixture.becomes(id, { status: 'success', reruns: 0 })).not.toHaveProperty('request');
  expect(fixture.backend.calls).toHaveLength(1);
});
