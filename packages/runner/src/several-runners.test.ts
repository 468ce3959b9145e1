import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { PARTITIONS } from './ownership/partition.ts';
import { TOKEN } from './testing/backend.ts';
import { type Child, startChild } from './testing/child.ts';
import { createFixture, eventually, type Fixture } from './testing/fixture.ts';

let fixture: Fixture;

beforeAll(async () => {
  fixture = await createFixture('own process');
});
afterEach(() => fixture.reset());
afterAll(() => fixture.close());

/** Short beats, so that partitions find their owners soon. */
const TIMING = { beatMs: 200 };

async function insert(count: number): Promise<void> {
  for (let done = 0; done < count; done += 1_000) {
    await fixture.database.query(
      `FOR $i IN 0..$size { CREATE job SET path = '/spookify', payload = { id: 'thread:a' } RETURN NONE }`,
      { size: Math.min(1_000, count - done) },
    );
  }
}

async function allSucceed(patienceMs: number): Promise<void> {
  const open = `RETURN array::concat((SELECT VALUE id FROM job WHERE status = 'pending' LIMIT 1),
    (SELECT VALUE id FROM job WHERE status = 'processing' LIMIT 1))`;
  await eventually(async () => expect(await fixture.database.query(open)).toEqual([]), patienceMs);
  const others = await fixture.database.query(
    `SELECT id FROM job WHERE status != 'success' OR retries > 0 OR rescues > 0`,
  );
  expect(others).toEqual([]);
}

test('divides the partitions among two runners, and delivers each job once', { timeout: 60_000 }, async () => {
  const { database, backend, run } = fixture;
  const [one, two] = await Promise.all([
    run({ runnerId: 'one', timing: TIMING }),
    run({ runnerId: 'two', timing: TIMING }),
  ]);
  await eventually(() => {
    expect([one.health().partitions, two.health().partitions]).toEqual([PARTITIONS / 2, PARTITIONS / 2]);
  });
  await insert(500);
  await allSucceed(50_000);
  expect(backend.calls).toHaveLength(500);
  expect(new Set(backend.calls.map(({ job }) => job)).size).toBe(500);
  const owners = await database.query<string[]>('RETURN array::distinct((SELECT VALUE owner FROM spooky_partition))');
  expect(owners.map((owner) => owner.split(':')[0]).toSorted()).toEqual(['one', 'two']);
});

test('delivers each job once while partitions are handed over', { timeout: 60_000 }, async () => {
  const { backend, run } = fixture;
  await insert(1_500);
  const called = async (count: number): Promise<void> =>
    await eventually(() => expect(backend.calls.length).toBeGreaterThanOrEqual(count), 50_000);
  const first = await run({ timing: TIMING });
  await called(50);
  const second = await run({ timing: TIMING });
  await eventually(() => expect(second.health().partitions).toBeGreaterThan(0));
  await run({ timing: TIMING });
  await called(600);
  await first.stop({ graceMs: 10_000 });
  await allSucceed(50_000);
  expect(backend.calls).toHaveLength(1_500);
  expect(new Set(backend.calls.map(({ job }) => job)).size).toBe(1_500);
});

test('delivers each of twenty thousand jobs exactly once with four runner processes', {
  timeout: 240_000,
}, async () => {
  const jobs = 20_000;
  const noop = await startChild(new URL('./testing/noop-backend.ts', import.meta.url), TOKEN);
  const { token: _, ...options } = fixture.backend.options;
  const backend = { ...options, baseUrl: String(noop.ready), concurrency: 50, routes: { '/noop': { request: {} } } };
  const argument = { database: fixture.database.options, backends: [backend], token: TOKEN, timing: TIMING };
  const runners: Child[] = [];
  try {
    for (let size = 0; size < jobs; size += 1_000) {
      await fixture.database.query(`FOR $i IN 0..1000 { CREATE job SET path = '/noop' RETURN NONE }`);
    }
    const start = (): Promise<Child> => startChild(new URL('./testing/runner-entry.ts', import.meta.url), argument);
    runners.push(...(await Promise.all([start(), start(), start(), start()])));
    await allSucceed(200_000);
    const calls = await fetch(`${backend.baseUrl}/calls`, { headers: { authorization: `Bearer ${TOKEN}` } });
    expect(await calls.json()).toBe(jobs);
  } finally {
    await Promise.all([noop, ...runners].map((child) => child.kill()));
  }
});
