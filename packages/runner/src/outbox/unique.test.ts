import { RecordId } from 'surrealdb';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createFixture, eventually, type Fixture, inTurn, status } from '../testing/fixture.ts';

const KEY = 'thread:a';
let fixture: Fixture;

beforeAll(async () => {
  fixture = await createFixture();
});
afterEach(() => fixture.reset());
afterAll(() => fixture.close());

/** Inserts a job with the key; rejects if the database refuses a second one. */
function insert(fields: Record<string, unknown> = {}): Promise<RecordId> {
  return fixture.database.insert({ unique_key: KEY, ...fields });
}

async function expectTaken(): Promise<void> {
  await expect(insert()).rejects.toThrow(/job_active_key.*already contains/);
}

async function expectFree(): Promise<RecordId> {
  const id = await insert();
  await expectTaken();
  return id;
}

const ask = (id: RecordId, request: string) =>
  fixture.database.query('UPDATE $id SET request = $request', { id, request });

describe('a unique key', () => {
  test('is taken while its job waits, runs and waits again, and free once it has succeeded', async () => {
    const running = Promise.withResolvers<void>();
    const end = Promise.withResolvers<object>();
    fixture.backend.answer(
      inTurn(status(503, {}, { 'retry-after': '3600' }), () => {
        running.resolve();
        return end.promise;
      }),
    );
    const id = await insert();
    await expectTaken();
    await fixture.run();
    await fixture.becomes(id, { status: 'pending', retries: 1 });
    await expectTaken();
    await ask(id, 'retry');
    await running.promise;
    await expectTaken();
    end.resolve({});
    const row = await fixture.becomes(id, { status: 'success', unique_key: KEY });
    expect(row).not.toHaveProperty('active_key');
    await expectFree();
  });

  test.each(['another path', 'another key', 'no key'] as const)('blocks no job with %s', async (which) => {
    await insert();
    const fields = {
      'another path': { path: '/other' },
      'another key': { unique_key: 'b' },
      'no key': { unique_key: undefined },
    };
    await insert(fields[which]);
    if (which === 'no key') await insert(fields[which]);
  });

  test('is free once its job has failed', async () => {
    fixture.backend.answer(status(400));
    await fixture.run();
    await fixture.becomes(await insert(), { status: 'failed' });
    await fixture.becomes(await expectFree(), { status: 'failed' });
  });

  test('is free once its job was cancelled, waiting or running', async () => {
    await fixture.run();
    const waiting = await insert({ run_at: new Date(Date.now() + 3_600_000) });
    await ask(waiting, 'cancel');
    await fixture.becomes(waiting, { status: 'failed' });
    const arrived = Promise.withResolvers<void>();
    fixture.backend.answer(() => {
      arrived.resolve();
      return new Promise(() => {});
    });
    const running = await insert();
    await arrived.promise;
    await expectTaken();
    await ask(running, 'cancel');
    await fixture.becomes(running, { status: 'failed' });
    expect(await fixture.database.row(running)).not.toHaveProperty('active_key');
  });

  test('stays taken when a shutdown gives its job back', async () => {
    const arrived = Promise.withResolvers<void>();
    fixture.backend.answer(() => {
      arrived.resolve();
      return new Promise(() => {});
    });
    const runner = await fixture.run();
    const id = await insert();
    await arrived.promise;
    await runner.stop({ graceMs: 0 });
    await fixture.becomes(id, { status: 'pending' });
    await expectTaken();
  });

  test.each([
    [0, 'pending', true],
    [2, 'failed', false],
  ])('of a job that lost its runner %i times before: %s, taken: %s', async (rescues, becomes, taken) => {
    const id = await insert();
    await fixture.database.query(`UPDATE $id SET status = 'processing', runner = 'gone', rescues = $rescues`, {
      id,
      rescues,
    });
    fixture.backend.answer(() => new Promise(() => {}));
    await fixture.run();
    const row = await fixture.becomes(id, { rescues: rescues + 1 });
    if (becomes === 'failed') expect(row).toMatchObject({ status: 'failed' });
    if (taken) await expectTaken();
    else await expectFree();
  });

  test('is free once its job was failed because it breaks its schema', async () => {
    const id = await insert({ run_at: new Date(0) });
    await fixture.database.query(
      `DEFINE FIELD OVERWRITE errors ON job TYPE any; UPDATE $id SET errors = 'none';
      DEFINE FIELD OVERWRITE errors ON job TYPE array<object> DEFAULT []`,
      { id },
    );
    await fixture.run({ refusalPauseMs: 100 });
    await fixture.becomes(id, { status: 'failed', errors: [{ code: 'outcome_unwritable' }] });
    await expectFree();
  });

  test('is free after its job was deleted with its thread', async () => {
    await fixture.database.query(`CREATE user:ada SET username = 'ada';
      CREATE thread:a SET title = 'A house', content = 'It creaks.', author = user:ada`);
    await insert({ assigned_to: new RecordId('thread', 'a') });
    await expectTaken();
    await fixture.database.query('DELETE thread:a');
    await expectFree();
  });

  test('allows one of forty simultaneous inserts', async () => {
    const made = await Promise.allSettled(Array.from({ length: 40 }, () => insert()));
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
});

describe('the rerun of a failed job with a unique key', () => {
  test('takes the key again', async () => {
    fixture.backend.answer(inTurn(status(400), status(503, {}, { 'retry-after': '3600' })));
    await fixture.run();
    const id = await insert();
    await fixture.becomes(id, { status: 'failed' });
    await ask(id, 'retry');
    await fixture.becomes(id, { status: 'pending', reruns: 1, retries: 1 });
    await expectTaken();
  });

  test('is granted to one of two that request it together', async () => {
    fixture.backend.answer(status(400));
    await fixture.run();
    const first = await insert();
    await fixture.becomes(first, { status: 'failed' });
    const second = await insert();
    await fixture.becomes(second, { status: 'failed' });
    const ids = [first, second];
    fixture.backend.answer(() => new Promise(() => {}));
    await fixture.database.query(`UPDATE $ids SET request = 'retry'`, { ids });
    await eventually(async () => {
      const rows = await fixture.database.query<Record<string, unknown>[]>('SELECT * FROM $ids', { ids });
      expect(rows.map((row) => row.status).sort()).toEqual(['failed', 'processing']);
      for (const row of rows) expect(row).not.toHaveProperty('request');
    });
  });

  test('is refused while a newer job has the key, and says so; other jobs are rerun', async () => {
    fixture.backend.answer(status(400));
    await fixture.run();
    const [id, other] = [await insert(), await fixture.database.insert()];
    for (const failed of [id, other]) await fixture.becomes(failed, { status: 'failed' });
    const newer = await insert({ run_at: new Date(Date.now() + 3_600_000) });
    fixture.backend.answer(() => ({}));
    await fixture.database.query(`UPDATE $ids SET request = 'retry'`, { ids: [id, other] });
    await fixture.becomes(other, { status: 'success', reruns: 1 });
    const row = await eventually(async () => {
      const now = await fixture.database.row(id);
      expect(now).not.toHaveProperty('request');
      return now;
    });
    expect(row).toMatchObject({
      status: 'failed',
      reruns: 0,
      errors: [{ code: 'http_400' }, { attempt: 1, code: 'unique_key_taken' }],
    });
    await fixture.database.query('DELETE $newer', { newer });
    await ask(id, 'retry');
    await fixture.becomes(id, { status: 'success', reruns: 1 });
  });
});
