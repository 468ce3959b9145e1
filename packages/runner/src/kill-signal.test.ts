import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { TOKEN } from './testing/backend.ts';
import { type Child, startChild } from './testing/child.ts';
import { createFixture, eventually, type Fixture } from './testing/fixture.ts';

const JOBS = 150;
let fixture: Fixture;

beforeAll(async () => {
  fixture = await createFixture();
});
afterAll(() => fixture.close());

async function startRunner(runnerId: string): Promise<Child> {
  const { token: _, ...backend } = fixture.backend.options;
  const entry = new URL('./testing/runner-entry.ts', import.meta.url);
  const options = { runnerId, database: fixture.database.options, backends: [backend], token: TOKEN };
  const child = await startChild(entry, options);
  onTestFinished(() => child.kill());
  return child;
}

test('costs no job a retry on SIGTERM', { timeout: 90_000 }, async () => {
  const { database, backend } = fixture;
  await database.query(
    `FOR $i IN 0..${JOBS} { CREATE job SET path = '/spookify', payload = { id: 'thread:a' }, max_retries = 0 RETURN NONE }`,
  );
  const first = await startRunner('first');
  const seen = new Set<string>();
  let stopped = false;
  backend.answer(async (request) => {
    const job = String(request.headers['x-job-id']);
    const again = seen.has(job);
    seen.add(job);
    // Every tenth call of the first runner lasts longer than its grace period.
    if (!stopped && !again && seen.size % 10 === 0) return new Promise(() => {});
    await delay(20);
    return {};
  });
  await eventually(() => expect(backend.calls.length).toBeGreaterThan(60));
  first.signal('SIGTERM');
  expect(await first.exited).toBe(0);
  stopped = true;

  // Its last write may end after the process: it waits for the answer for at most a second.
  await eventually(async () => {
    const held = await database.query<unknown[]>(`SELECT id FROM job WHERE status = 'processing' OR runner != NONE`);
    expect(held).toEqual([]);
  });
  const [left] = await database.query<{ count: number }[]>(
    `SELECT count() FROM job WHERE status = 'pending' AND retries = 0 AND rescues = 0 AND errors = [] GROUP ALL`,
  );
  expect(left?.count).toBeGreaterThan(0);
  const callsOfFirst = backend.calls.length;

  await startRunner('second');
  await eventually(async () => {
    const done = await database.query<unknown[]>(
      `SELECT id FROM job WHERE status = 'success' AND retries = 0 AND rescues = 0 AND errors = []`,
    );
    expect(done).toHaveLength(JOBS);
  });
  // Only the interrupted jobs are called again, as the same attempt and under the same key.
  const before = new Set(backend.calls.slice(0, callsOfFirst).map(({ job }) => job));
  const again = backend.calls.slice(callsOfFirst).filter(({ job }) => before.has(job));
  expect(again.length).toBeGreaterThan(0);
  expect(backend.calls).toHaveLength(JOBS + again.length);
  for (const { headers, job } of again) {
    expect(headers).toMatchObject({ 'x-job-attempt': '1', 'idempotency-key': job });
  }
});
