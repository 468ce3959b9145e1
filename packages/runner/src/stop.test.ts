import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { PARTITIONS } from './ownership/partition.ts';
import { createSetting, eventually, type Setting } from './testing/setting.ts';

let setting: Setting;

beforeAll(async () => {
  setting = await createSetting();
});
afterEach(() => setting.reset());
afterAll(() => setting.close());

/** Makes the backend answer only when the test says so. */
function hold(): { arrived: Promise<void>; answer: (value: unknown) => void } {
  const arrived = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<unknown>();
  setting.backend.answer(() => {
    arrived.resolve();
    return answer.promise;
  });
  return { arrived: arrived.promise, answer: answer.resolve };
}

test('writes the outcome of a call that ends within the grace period', async () => {
  const { arrived, answer } = hold();
  const runner = await setting.run();
  const id = await setting.database.insert();
  await arrived;
  const stopped = runner.stop({ graceMs: 10_000 });
  expect(runner.health()).toMatchObject({ state: 'stopping', inFlight: 1 });
  answer({ writer: 'offline' });
  await stopped;
  expect(runner.health()).toMatchObject({ state: 'stopped', connected: false, inFlight: 0 });
  expect(await setting.database.row(id)).toMatchObject({ status: 'success' });
});

test('aborts a longer call, and gives its job back without costing a retry', async () => {
  const { arrived } = hold();
  const runner = await setting.run();
  const id = await setting.database.insert({ max_retries: 0 });
  await arrived;
  await runner.stop({ graceMs: 20 });
  const row = await setting.database.row(id);
  expect(row).toMatchObject({ status: 'pending', retries: 0, rescues: 0, errors: [] });
  expect(row).not.toHaveProperty('runner');
  await setting.backend.calls[0]?.aborted;

  setting.backend.reset();
  await setting.run();
  await setting.becomes(id, { status: 'success' });
  expect(setting.backend.calls[0]?.headers).toMatchObject({ 'idempotency-key': String(id), 'x-job-attempt': '1' });
});

test('starts no more jobs', async () => {
  const { arrived, answer } = hold();
  const runner = await setting.run();
  await setting.database.insert();
  await arrived;
  const stopped = runner.stop({ graceMs: 10_000 });
  const id = await setting.database.insert();
  answer({});
  await stopped;
  expect(await setting.database.row(id)).toMatchObject({ status: 'pending' });
  expect(setting.backend.calls).toHaveLength(1);
});

test('gives back a call that was marked as processing', async () => {
  hold();
  const runner = await setting.run();
  const id = await setting.database.insert();
  await setting.becomes(id, { status: 'processing', runner: expect.any(String) });
  await runner.stop({ graceMs: 0 });
  const row = await setting.database.row(id);
  expect(row).toMatchObject({ status: 'pending', retries: 0, rescues: 0, errors: [] });
  expect(row).not.toHaveProperty('runner');
});

test('frees its partitions at once, and removes its rows', async () => {
  const runner = await setting.run();
  await eventually(() => expect(runner.health().partitions).toBe(PARTITIONS));
  await runner.stop();
  expect(await setting.database.query('SELECT VALUE owner FROM spooky_partition WHERE owner != NONE')).toEqual([]);
  expect(await setting.database.query('SELECT VALUE id FROM spooky_runner')).toEqual([]);
  expect(await setting.database.query('SELECT VALUE id FROM spooky_fence')).toEqual([]);
});

test('shortens the grace period at a second stop', async () => {
  const { arrived } = hold();
  const runner = await setting.run();
  const id = await setting.database.insert();
  await arrived;
  const first = runner.stop({ graceMs: 3_600_000 });
  await Promise.all([first, runner.stop({ graceMs: 0 }), runner.stop({ graceMs: 0 })]);
  expect(await setting.database.row(id)).toMatchObject({ status: 'pending' });
});

test('leaves jobs that it has not started untouched', async () => {
  hold();
  const runner = await setting.run();
  await Promise.all(Array.from({ length: 40 }, () => setting.database.insert()));
  await eventually(() => expect(runner.health().inFlight).toBe(16));
  await runner.stop({ graceMs: 0 });
  const rows = await setting.database.query<unknown[]>(`SELECT * FROM job WHERE status = 'pending' AND retries = 0`);
  expect(rows).toHaveLength(40);
});
