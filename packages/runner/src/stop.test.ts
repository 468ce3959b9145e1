import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { PARTITIONS } from './ownership/partition.ts';
import { createFixture, eventually, type Fixture } from './testing/fixture.ts';

let fixture: Fixture;

beforeAll(async () => {
  fixture = await createFixture();
});
afterEach(() => fixture.reset());
afterAll(() => fixture.close());

/** Makes the backend answer only when the test says so. */
function holdAnswer(): { arrived: Promise<void>; answer: (value: unknown) => void } {
  const arrived = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<unknown>();
  fixture.backend.answer(() => {
    arrived.resolve();
    return answer.promise;
  });
  return { arrived: arrived.promise, answer: answer.resolve };
}

test('writes the outcome of a call that ends within the grace period', async () => {
  const { arrived, answer } = holdAnswer();
  const runner = await fixture.run();
  const id = await fixture.database.insert();
  await arrived;
  const stopped = runner.stop({ graceMs: 10_000 });
  expect(runner.health()).toMatchObject({ state: 'stopping', inFlight: 1 });
  answer({ writer: 'offline' });
  await stopped;
  expect(runner.health()).toMatchObject({ state: 'stopped', connected: false, inFlight: 0 });
  expect(await fixture.database.row(id)).toMatchObject({ status: 'success' });
});

test('aborts a longer call, and gives its job back without costing a retry', async () => {
  const { arrived } = holdAnswer();
  const runner = await fixture.run();
  const id = await fixture.database.insert({ max_retries: 0 });
  await arrived;
  await runner.stop({ graceMs: 20 });
  const row = await fixture.database.row(id);
  expect(row).toMatchObject({ status: 'pending', retries: 0, rescues: 0, errors: [] });
  expect(row).not.toHaveProperty('runner');
  await fixture.backend.calls[0]?.aborted;

  fixture.backend.reset();
  await fixture.run();
  await fixture.becomes(id, { status: 'success' });
  expect(fixture.backend.calls[0]?.headers).toMatchObject({ 'idempotency-key': String(id), 'x-job-attempt': '1' });
});

test('starts no more jobs', async () => {
  const { arrived, answer } = holdAnswer();
  const runner = await fixture.run();
  await fixture.database.insert();
  await arrived;
  const stopped = runner.stop({ graceMs: 10_000 });
  const id = await fixture.database.insert();
  answer({});
  await stopped;
  expect(await fixture.database.row(id)).toMatchObject({ status: 'pending' });
  expect(fixture.backend.calls).toHaveLength(1);
});

test('gives back a call that was marked as processing', async () => {
  holdAnswer();
  const runner = await fixture.run();
  const id = await fixture.database.insert();
  await fixture.becomes(id, { status: 'processing', runner: expect.any(String) });
  await runner.stop({ graceMs: 0 });
  const row = await fixture.database.row(id);
  expect(row).toMatchObject({ status: 'pending', retries: 0, rescues: 0, errors: [] });
  expect(row).not.toHaveProperty('runner');
});

test('frees its partitions at once, and removes its rows', async () => {
  const runner = await fixture.run();
  await eventually(() => expect(runner.health().partitions).toBe(PARTITIONS));
  await runner.stop();
  expect(await fixture.database.query('SELECT VALUE owner FROM spooky_partition WHERE owner != NONE')).toEqual([]);
  expect(await fixture.database.query('SELECT VALUE id FROM spooky_runner')).toEqual([]);
  expect(await fixture.database.query('SELECT VALUE id FROM spooky_fence')).toEqual([]);
});

test('shortens the grace period at a second stop', async () => {
  const { arrived } = holdAnswer();
  const runner = await fixture.run();
  const id = await fixture.database.insert();
  await arrived;
  const first = runner.stop({ graceMs: 3_600_000 });
  await Promise.all([first, runner.stop({ graceMs: 0 }), runner.stop({ graceMs: 0 })]);
  expect(await fixture.database.row(id)).toMatchObject({ status: 'pending' });
});

test('leaves jobs that it has not started untouched', async () => {
  holdAnswer();
  const runner = await fixture.run();
  await Promise.all(Array.from({ length: 40 }, () => fixture.database.insert()));
  await eventually(() => expect(runner.health().inFlight).toBe(16));
  await runner.stop({ graceMs: 0 });
  const rows = await fixture.database.query<unknown[]>(`SELECT * FROM job WHERE status = 'pending' AND retries = 0`);
  expect(rows).toHaveLength(40);
});
