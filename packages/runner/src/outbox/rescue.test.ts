import type { RecordId } from 'surrealdb';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createSetting, eventually, inTurn, type Setting } from '../testing/setting.ts';

let setting: Setting;

beforeAll(async () => {
  setting = await createSetting();
});
afterEach(() => setting.reset());
afterAll(() => setting.close());

/** What a runner leaves behind that is gone. */
async function abandoned(lease: string, fields: { rescues?: number; runner?: unknown } = {}): Promise<RecordId> {
  const [id] = await setting.database.query<RecordId[]>(
    `CREATE job SET path = '/spookify', payload = { id: 'thread:a' }, status = 'processing', token = 'old',
     runner = $runner, rescues = $rescues, lease_until = ${lease} RETURN VALUE id`,
    { runner: 'gone', rescues: 0, ...fields },
  );
  if (id === undefined) throw new Error('the job was not inserted');
  return id;
}

test('a lapsed lease is found at the start, and costs no retry', async () => {
  const id = await abandoned('time::now() - 1s');
  await setting.run();
  await setting.becomes(id, { status: 'success', rescues: 1, retries: 0, errors: [] });
});

test('a lease that lapses later is found while running', async () => {
  const id = await abandoned('time::now() + 300ms');
  await setting.run({ rescueIntervalMs: 50 });
  await setting.becomes(id, { status: 'success', rescues: 1 });
});

test('a lease that holds is left alone', async () => {
  const id = await abandoned('time::now() + 1h');
  const other = await abandoned('time::now() - 1s');
  await setting.run({ rescueIntervalMs: 50 });
  await setting.becomes(other, { status: 'success' });
  expect(await setting.database.row(id)).toMatchObject({ status: 'processing', runner: 'gone', rescues: 0 });
});

test('a lapsed lease is found behind more held jobs than one batch takes', { timeout: 90_000 }, async () => {
  await setting.database.query(
    `FOR $i IN 0..600 { CREATE job SET path = '/spookify', payload = { id: 'thread:a' }, status = 'processing',
     token = 'held', runner = 'another', run_at = time::now() - 1h, lease_until = time::now() + 1h }`,
  );
  const id = await abandoned('time::now() - 1s');
  await setting.run();
  await setting.becomes(id, { status: 'success', rescues: 1 });
});

test('many lapsed leases are each rescued once, by several runners at a time', { timeout: 90_000 }, async () => {
  await setting.database.query(
    `FOR $i IN 0..120 { CREATE job SET path = '/spookify', payload = { id: 'thread:a' }, status = 'processing',
     token = 'old', runner = 'gone', lease_until = time::now() - 1s }`,
  );
  await Promise.all([setting.run(), setting.run(), setting.run()]);
  await eventually(async () => {
    const done = await setting.database.query<unknown[]>(`SELECT id FROM job WHERE status = 'success' AND rescues = 1`);
    expect(done).toHaveLength(120);
  }, 60_000);
  expect(setting.backend.calls).toHaveLength(120);
});

test('a job that lost its runner three times is failed', async () => {
  const id = await abandoned('time::now() - 1s', { rescues: 2 });
  await setting.run();
  const row = await setting.becomes(id, { status: 'failed', rescues: 3 });
  expect(row.errors).toMatchObject([
    { attempt: 1, code: 'runner_lost', reason: 'Its runner was lost 3 times while it ran.', at: expect.anything() },
  ]);
  expect(setting.backend.calls).toHaveLength(0);
});

test('a processing row without a lease is nobody’s', async () => {
  const id = await abandoned('NONE');
  await setting.run();
  await setting.becomes(id, { status: 'success' });
});

test('a runner that lost its claim writes nothing, and ends its call', async () => {
  const arrived = Promise.withResolvers<void>();
  setting.backend.answer(() => {
    arrived.resolve();
    return new Promise(() => {});
  });
  await setting.run({ leaseMs: 300, rescueIntervalMs: 60_000 });
  const id = await setting.database.insert();
  await arrived.promise;
  await setting.database.query(`UPDATE $id SET token = 'another', runner = 'another', lease_until = time::now() + 1h`, {
    id,
  });
  await setting.backend.calls[0]?.aborted;
  expect(await setting.database.row(id)).toMatchObject({ status: 'processing', token: 'another', errors: [] });
});

test('a long call keeps its lease', { timeout: 90_000 }, async () => {
  const leases = new Set<string>();
  const answer = Promise.withResolvers<unknown>();
  setting.backend.answer(() => answer.promise);
  await setting.run({ leaseMs: 6_000, rescueIntervalMs: 50 });
  const id = await setting.database.insert();
  await setting.becomes(id, { status: 'processing' });
  await eventually(async () => {
    leases.add(String((await setting.database.row(id)).lease_until));
    expect(leases.size).toBeGreaterThanOrEqual(4);
  });
  answer.resolve({});
  await setting.becomes(id, { status: 'success', rescues: 0 });
  expect(setting.backend.calls).toHaveLength(1);
});

test('what a runner claimed without learning of it is given back when it connects again', async () => {
  const { database, run, becomes, backend } = setting;
  const arrived = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<unknown>();
  const first = (): Promise<unknown> => {
    arrived.resolve();
    return answer.promise;
  };
  backend.answer(inTurn(first, () => ({})));
  const runner = await run({ leaseMs: 60_000 });
  const held = await database.insert();
  await arrived.promise;
  const unknown = await abandoned('time::now() + 1h', { runner: (await database.row(held)).runner });
  await database.stop();
  await eventually(() => expect(runner.health().connected).toBe(false));
  await database.start();
  await becomes(unknown, { status: 'success', rescues: 0 });
  answer.resolve({});
  await becomes(held, { status: 'success', rescues: 0 });
  expect(backend.calls).toHaveLength(2);
});
