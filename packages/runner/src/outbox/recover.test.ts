/** Rows with status `processing` whose runner is lost, or whose runner does not work on them. */
import type { RecordId } from 'surrealdb';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';
import { PARTITIONS } from '../ownership/partition.ts';
import { createFixture, eventually, type Fixture, inTurn } from '../testing/fixture.ts';

let fixture: Fixture;

beforeAll(async () => {
  fixture = await createFixture();
});
afterEach(() => fixture.reset());
afterAll(() => fixture.close());

/** A job that a lost runner leaves behind. */
async function abandoned(fields: Record<string, unknown> = {}): Promise<RecordId> {
  return await fixture.database.insert({ status: 'processing', runner: 'gone', ...fields });
}

/** A runner that is alive for others, and does nothing. */
async function aRunner(id: string): Promise<void> {
  await fixture.database.query(
    `CREATE type::record('spooky_runner', $id) SET beat = 0, alive = true, tables = [] RETURN NONE`,
    { id },
  );
}

test('runs a job of a lost runner again, without costing a retry', async () => {
  const id = await abandoned();
  await fixture.run();
  const row = await fixture.becomes(id, { status: 'success', rescues: 1, retries: 0, errors: [] });
  expect(row).not.toHaveProperty('runner');
  expect(fixture.backend.calls[0]?.headers).toMatchObject({ 'idempotency-key': String(id), 'x-job-attempt': '1' });
});

test('runs a processing row without a runner again', async () => {
  const id = await abandoned({ runner: undefined });
  await fixture.run();
  await fixture.becomes(id, { status: 'success' });
});

test('leaves a job to its living runner until that dies', async () => {
  await aRunner('busy');
  const id = await abandoned({ runner: 'busy' });
  const other = await abandoned();
  await fixture.run({ timing: { beatMs: 100, stopStartingMs: 600_000, abortMs: 610_000, deadAfterMs: 620_000 } });
  await fixture.becomes(other, { status: 'success' });
  expect(await fixture.database.row(id)).toMatchObject({ status: 'processing', runner: 'busy', rescues: 0 });
  await fixture.database.query(`UPDATE spooky_runner:busy SET alive = false`);
  await fixture.becomes(id, { status: 'success', rescues: 1 });
});

test('runs many lost jobs once each on several runners, next to more jobs of a living runner', {
  timeout: 90_000,
}, async () => {
  await aRunner('busy');
  const create = `CREATE job SET path = '/spookify', payload = { id: 'thread:a' }, status = 'processing', run_at = time::now() - 1h`;
  await fixture.database.query(`FOR $i IN 0..600 { ${create}, runner = 'busy' RETURN NONE };
    FOR $i IN 0..120 { ${create}, runner = 'gone' RETURN NONE }`);
  // The living runner must not be declared dead for its silence.
  const timing = { beatMs: 100, stopStartingMs: 600_000, abortMs: 610_000, deadAfterMs: 620_000 };
  await Promise.all([fixture.run({ timing }), fixture.run({ timing }), fixture.run({ timing })]);
  await eventually(async () => {
    const done = await fixture.database.query<unknown[]>(`SELECT id FROM job WHERE status = 'success' AND rescues = 1`);
    expect(done).toHaveLength(120);
  }, 60_000);
  expect(fixture.backend.calls).toHaveLength(120);
  expect(
    await fixture.database.query(`SELECT id FROM job WHERE status = 'processing' AND runner = 'busy'`),
  ).toHaveLength(600);
});

test('keeps the next twice-lost job waiting until the outcome of the previous one is written', {
  timeout: 60_000,
}, async () => {
  const { database, backend } = fixture;
  const suspects = [await database.insert({ rescues: 2 }), await database.insert({ rescues: 2 })];
  await database.query(`DEFINE EVENT gate ON job WHEN $after.rescues = 2 AND $after.status = 'success'
    THEN { THROW 'closed' }`);
  onTestFinished(() => database.query('REMOVE EVENT IF EXISTS gate ON job'));
  await fixture.run();
  await eventually(() => expect(backend.calls).toHaveLength(1));
  for (let n = 0; n < 3; n += 1) await fixture.becomes(await database.insert(), { status: 'success' });

  const statuses = await database.query<string[]>(`SELECT VALUE status FROM $suspects`, { suspects });
  expect(statuses.toSorted()).toEqual(['pending', 'processing']);
  expect(backend.calls).toHaveLength(4);

  await database.query('REMOVE EVENT gate ON job');
  for (const id of suspects) await fixture.becomes(id, { status: 'success', rescues: 2 });
  expect(backend.calls).toHaveLength(5);
});

test('fails a job that lost its runner three times', async () => {
  const id = await abandoned({ rescues: 2 });
  const other = await abandoned({ rescues: 1 });
  await fixture.run();
  const row = await fixture.becomes(id, { status: 'failed', rescues: 3 });
  expect(row.errors).toMatchObject([
    { attempt: 1, code: 'runner_lost', reason: 'Its runner was lost 3 times while it ran.', at: expect.anything() },
  ]);
  expect(row).not.toHaveProperty('runner');
  await fixture.becomes(other, { status: 'success', rescues: 2 });
  expect(fixture.backend.calls.map(({ job }) => job)).toEqual([String(other)]);
});

test('runs twice-lost jobs one at a time, marked before their calls', async () => {
  const ids = await Promise.all(Array.from({ length: 6 }, () => fixture.database.insert({ rescues: 2 })));
  let running = 0;
  const seen: [number, unknown][] = [];
  fixture.backend.answer(async (request) => {
    running += 1;
    const row = `SELECT VALUE status FROM ONLY type::record($id)`;
    seen.push([running, await fixture.database.query(row, { id: String(request.headers['x-job-id']) })]);
    running -= 1;
    return {};
  });
  await fixture.run();
  for (const id of ids) await fixture.becomes(id, { status: 'success' });
  expect(seen).toEqual(ids.map(() => [1, 'processing']));
});

test('marks jobs before their calls that were due before the partition was taken from a dead runner', async () => {
  const { database, backend, run, becomes } = fixture;
  await database.query(`CREATE spooky_runner:dead SET beat = 0, alive = false, tables = ['job'] RETURN NONE;
    DELETE spooky_partition; FOR $n IN 0..${PARTITIONS} {
      CREATE type::record('spooky_partition', ['job', $n]) SET owner = 'dead', crashes = 0 RETURN NONE }`);
  const before = await Promise.all(Array.from({ length: 20 }, () => database.insert()));
  const statuses: unknown[] = [];
  backend.answer(async (request) => {
    const row = `SELECT VALUE status FROM ONLY type::record($id)`;
    statuses.push(await database.query(row, { id: String(request.headers['x-job-id']) }));
    return {};
  });
  await run();
  for (const id of before) await becomes(id, { status: 'success', rescues: 0 });
  expect(statuses).toEqual(before.map(() => 'processing'));
  expect(await database.query('SELECT VALUE crashes FROM spooky_partition')).toEqual(Array(PARTITIONS).fill(1));
});

test('writes nothing after its death, aborts its call, and continues under a new id', async () => {
  const { database, backend, run, becomes } = fixture;
  const arrived = Promise.withResolvers<void>();
  const first = (): Promise<never> => {
    arrived.resolve();
    return new Promise(() => {});
  };
  backend.answer(inTurn(first, () => ({ writer: 'the second' })));
  await run({ timing: { beatMs: 300 } });
  const id = await database.insert();
  await arrived.promise;
  const { runner } = await becomes(id, { status: 'processing' });
  await database.query(`UPDATE spooky_runner SET alive = false; UPDATE spooky_fence SET alive = false`);
  await backend.calls[0]?.aborted;
  await becomes(id, { status: 'success', rescues: 1, retries: 0, errors: [], result: { writer: 'the second' } });
  expect(backend.calls).toHaveLength(2);
  const living = await database.query<string[]>('SELECT VALUE record::id(id) FROM spooky_runner WHERE alive');
  expect(living).not.toContain(runner);
});

test('beats during a long call, and keeps its job', { timeout: 90_000 }, async () => {
  const beats = new Set<string>();
  const answer = Promise.withResolvers<unknown>();
  fixture.backend.answer(() => answer.promise);
  const timing = { beatMs: 300, stopStartingMs: 3_000, abortMs: 3_500, deadAfterMs: 4_000 };
  await fixture.run({ timing });
  await fixture.run({ timing });
  const id = await fixture.database.insert();
  await fixture.becomes(id, { status: 'processing' });
  await eventually(async () => {
    beats.add(String(await fixture.database.query('SELECT VALUE beat FROM spooky_runner')));
    // Longer than a runner may be silent.
    expect(beats.size).toBeGreaterThan(20);
  }, 60_000);
  answer.resolve({});
  await fixture.becomes(id, { status: 'success', rescues: 0 });
  expect(fixture.backend.calls).toHaveLength(1);
});

test('takes back a mark of its own that it does not know, but keeps the jobs it works on', async () => {
  const { database, run, becomes, backend } = fixture;
  const arrived = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<unknown>();
  const first = (): Promise<unknown> => {
    arrived.resolve();
    return answer.promise;
  };
  backend.answer(inTurn(first, () => ({})));
  const runner = await run({ timing: { stopStartingMs: 600_000, abortMs: 610_000, deadAfterMs: 620_000 } });
  const held = await database.insert();
  await arrived.promise;
  const { runner: name } = await becomes(held, { status: 'processing' });
  const unknown = await abandoned({ runner: name });
  await database.stop();
  await eventually(() => expect(runner.health().connected).toBe(false));
  await database.start();
  await becomes(unknown, { status: 'success', rescues: 0 });
  answer.resolve({});
  await becomes(held, { status: 'success', rescues: 0 });
  expect(backend.calls).toHaveLength(2);
});

test.each(['NONE', '-1', '99'])('moves a job in partition %s to a real one, and runs it', async (partition) => {
  const [id] = await fixture.database.query<RecordId[]>(
    `CREATE job SET path = '/spookify', payload = { id: 'thread:a' } RETURN VALUE id`,
  );
  if (id === undefined) throw new Error('the job was not inserted');
  const { fields } = await fixture.database.query<{ fields: Record<string, string> }>('INFO FOR TABLE job');
  await fixture.database.query(`REMOVE FIELD partition ON job; UPDATE $id SET partition = ${partition}`, { id });
  await fixture.database.query(String(fields.partition).replace('DEFINE FIELD', 'DEFINE FIELD OVERWRITE'));
  await fixture.run();
  await fixture.becomes(id, { status: 'success' });
});
