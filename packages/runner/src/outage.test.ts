import type { RecordId } from 'surrealdb';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createConnection } from './connection.ts';
import { silentLogger } from './logger.ts';
import type { RunnerOptions } from './options.ts';
import { startBackend, TOKEN } from './testing/backend.ts';
import { startChild } from './testing/child.ts';
import { createFixture, eventually, type Fixture, inTurn } from './testing/fixture.ts';
import { startProxy } from './testing/proxy.ts';

let fixture: Fixture;

beforeAll(async () => {
  fixture = await createFixture('own process');
});
afterEach(() => fixture.reset());
afterAll(() => fixture.close());

/** Processes are restarted in these tests. */
const SLOW = { timeout: 90_000 };
/**
 * Short enough that a runner is soon unsure and killed ones are soon declared dead, but long enough for a busy machine.
 */
const QUICK = { timing: { beatMs: 400, stopStartingMs: 4_000, abortMs: 5_000, deadAfterMs: 6_000 } };
/** The runner stays sure of its partitions, however long the database is away. */
const PATIENT = { timing: { stopStartingMs: 600_000, abortMs: 610_000, deadAfterMs: 620_000 } };

/** Answers the first call when the test says so, the others at once. */
function holdFirst(): { arrived: Promise<void>; answer: (value: unknown) => void } {
  const arrived = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<unknown>();
  const first = (): Promise<unknown> => {
    arrived.resolve();
    return answer.promise;
  };
  fixture.backend.answer(inTurn(first, () => ({ writer: 'offline' })));
  return { arrived: arrived.promise, answer: answer.resolve };
}

test('continues a call while the database is killed, and writes its outcome later', SLOW, async () => {
  const { arrived, answer } = holdFirst();
  const runner = await fixture.run(PATIENT);
  const id = await fixture.database.insert();
  await arrived;
  await fixture.database.stop();
  await eventually(() => expect(runner.health()).toMatchObject({ connected: false, inFlight: 1 }));
  answer({ writer: 'offline' });
  await eventually(() => expect(runner.health().inFlight).toBe(0));
  await fixture.database.start();
  await fixture.becomes(id, { status: 'success', rescues: 0, retries: 0, result: { writer: 'offline' } });
  expect(fixture.backend.calls).toHaveLength(1);
  await eventually(() => expect(runner.health()).toMatchObject({ connected: true, signalled: true }));
  await fixture.becomes(await fixture.database.insert(), { status: 'success' });
});

test(
  'delivers a job again under the same key if the database is away longer than a runner may be silent',
  SLOW,
  async () => {
    const { arrived, answer } = holdFirst();
    const runner = await fixture.run(QUICK);
    const id = await fixture.database.insert();
    await arrived;
    await fixture.database.stop();
    // Others may have declared the runner dead, so it aborts its call.
    await fixture.backend.calls[0]?.aborted;
    answer({});
    await eventually(() => expect(runner.health().inFlight).toBe(0));
    await fixture.database.start();
    await fixture.becomes(id, { status: 'success', retries: 0, errors: [] });
    expect(fixture.backend.calls.map((call) => call.headers['idempotency-key'])).toEqual([String(id), String(id)]);
  },
);

describe('a runner with many answered jobs that cannot reach the database for longer than it may be silent', () => {
  const JOBS = 200;

  /** Inserts the jobs and waits until all are called; none is answered yet. */
  async function call(): Promise<RecordId[]> {
    const rows = Array.from({ length: JOBS }, () => ({ path: '/spookify', payload: { id: 'thread:a' } }));
    const ids = await fixture.database.query<RecordId[]>('INSERT INTO job $rows RETURN VALUE id', { rows });
    await eventually(() => expect(fixture.backend.calls).toHaveLength(JOBS));
    return ids;
  }

  /** A runner that may call all of them at once, and a promise that resolves when it is unsure. */
  function watched(options: Partial<RunnerOptions> = {}) {
    const unsure = Promise.withResolvers<void>();
    const warn = (...[, message]: unknown[]) => {
      if (String(message).includes('no beat of this runner was confirmed')) unsure.resolve();
    };
    const backends = [{ ...fixture.backend.options, concurrency: JOBS }];
    return {
      run: () => fixture.run({ ...QUICK, backends, logger: { ...silentLogger, warn }, ...options }),
      unsure: unsure.promise,
    };
  }

  const outcomes = () => fixture.database.query<object[]>('SELECT id, status, result, rescues, retries FROM job');

  test('writes its outcomes when the database is back, and calls no job again', SLOW, async () => {
    const answer = Promise.withResolvers<unknown>();
    fixture.backend.answer(() => answer.promise);
    const { run, unsure } = watched();
    const runner = await run();
    await call();
    await fixture.database.stop();
    await eventually(() => expect(runner.health().connected).toBe(false));
    answer.resolve({ writer: 'offline' });
    await eventually(() => expect(runner.health().inFlight).toBe(0));
    await unsure;
    await fixture.database.start();
    await eventually(async () => {
      const rows = await outcomes();
      expect(rows.filter((row) => Object(row).status !== 'success')).toEqual([]);
      expect(rows).toHaveLength(JOBS);
    });
    // It continues and reads from the head: forgotten jobs would be called before this one.
    await fixture.becomes(await fixture.database.insert(), { status: 'success', rescues: 0 });
    expect(fixture.backend.calls).toHaveLength(JOBS + 1);
    const expected = { status: 'success', result: { writer: 'offline' }, rescues: 0, retries: 0 };
    for (const row of await outcomes()) expect(row).toMatchObject(expected);
  });

  test('drops its outcomes if another runner has taken over', SLOW, async () => {
    const { backend, database } = fixture;
    const proxy = await startProxy(database.options.url);
    onTestFinished(() => proxy.close());
    const answers = { first: Promise.withResolvers<unknown>(), second: Promise.withResolvers<unknown>() };
    backend.answer(() => {
      const { length } = backend.calls;
      if (length > 2 * JOBS) return { by: 'next' };
      return (length <= JOBS ? answers.first : answers.second).promise;
    });
    const { run, unsure } = watched({ database: { ...database.options, url: proxy.url }, runnerId: 'first' });
    const first = await run();
    const ids = await call();
    proxy.disconnect();
    // As if it ran on another machine, where its process is not visible.
    await database.query(`UPDATE spooky_runner SET host = 'elsewhere:1:1'`);
    await eventually(() => expect(first.health().connected).toBe(false));
    answers.first.resolve({ by: 'the first' });
    await eventually(() => expect(first.health().inFlight).toBe(0));
    await unsure;
    await watched({ runnerId: 'second' }).run();
    await eventually(() => expect(backend.calls).toHaveLength(2 * JOBS), 40_000);

    proxy.reconnect();
    // It continues under a new id, with the partitions that it takes. By then it has written whatever it would write
    // about the old jobs.
    const partition = await eventually(async () => {
      const alive = `string::starts_with(record::id(id), 'first') AND alive`;
      const [id] = await database.query<string[]>(`SELECT VALUE record::id(id) FROM spooky_runner WHERE ${alive}`);
      const [owned] = await database.query<number[]>(
        'SELECT VALUE record::id(id)[1] FROM spooky_partition WHERE owner = $id',
        { id },
      );
      expect(owned).toBeDefined();
      return owned;
    });
    const next = await database.insert({ partition });
    await fixture.becomes(next, { status: 'success', result: { by: 'next' } });
    expect(await database.query('SELECT VALUE id FROM job WHERE status != "processing"')).toEqual([next]);

    answers.second.resolve({ by: 'the second' });
    for (const id of ids) await fixture.becomes(id, { status: 'success', result: { by: 'the second' }, retries: 0 });
    expect(backend.calls).toHaveLength(2 * JOBS + 1);
    const callsOf = Map.groupBy(backend.calls, ({ job }) => job);
    for (const id of ids) expect(callsOf.get(String(id))).toHaveLength(2);
  });
});

test('stops while the database is away', SLOW, async () => {
  const { arrived } = holdFirst();
  const runner = await fixture.run();
  await fixture.database.insert();
  await arrived;
  await fixture.database.stop();
  await runner.stop({ graceMs: 0 });
  expect(runner.health().state).toBe('stopped');
  await fixture.database.start();
});

test('runs a job that became due while the database was away', SLOW, async () => {
  await fixture.run(PATIENT);
  const id = await fixture.database.query<RecordId>(
    `CREATE ONLY job SET path = '/spookify', payload = { id: 'thread:a' }, run_at = time::now() + 1s RETURN VALUE id`,
  );
  const due = Date.now() + 1_000;
  await fixture.database.stop();
  await eventually(() => expect(Date.now()).toBeGreaterThan(due));
  await fixture.database.start();
  await fixture.becomes(id, { status: 'success' });
  expect(fixture.backend.calls).toHaveLength(1);
});

describe('after a runner is killed', () => {
  /** The argument of a runner in its own process. */
  const argument = (options: object) => {
    const { token: _, ...backend } = fixture.backend.options;
    return { ...options, database: fixture.database.options, backends: [backend], token: TOKEN };
  };

  /** Kills a runner that has called the backend, once its row has these fields. */
  async function killed(options: object, fields: Record<string, unknown>): Promise<RecordId> {
    const { arrived } = holdFirst();
    const child = await startChild(new URL('./testing/runner-entry.ts', import.meta.url), argument(options));
    const id = await fixture.database.insert();
    await arrived;
    await fixture.becomes(id, fields);
    await child.kill();
    return id;
  }

  function expectTwoCalls(id: RecordId): void {
    const { calls } = fixture.backend;
    expect(calls.map((call) => call.headers['idempotency-key'])).toEqual([String(id), String(id)]);
    expect(calls.map((call) => call.headers['x-job-attempt'])).toEqual(['1', '1']);
  }

  test('runs its job again under the same key, without costing a retry', SLOW, async () => {
    const id = await killed(QUICK, { status: 'processing' });
    await fixture.run(QUICK);
    await fixture.becomes(id, { status: 'success', rescues: 1, retries: 0, errors: [] });
    expectTwoCalls(id);
  });

  test('repeats a short call that the row does not show', SLOW, async () => {
    const id = await killed(QUICK, { status: 'pending' });
    await fixture.run(QUICK);
    await fixture.becomes(id, { status: 'success', retries: 0, errors: [] });
    expectTwoCalls(id);
  });

  test('takes over at once on the same machine', SLOW, async () => {
    // With these times, waiting for its silence would take longer than the test.
    const id = await killed(PATIENT, { status: 'processing' });
    await fixture.run(PATIENT);
    await fixture.becomes(id, { status: 'success', rescues: 1 });
    expectTwoCalls(id);
  });

  test('takes over after its silence on another machine', SLOW, async () => {
    const id = await killed(QUICK, { status: 'processing' });
    await fixture.database.query(`UPDATE spooky_runner SET host = 'elsewhere:1:1'`);
    await fixture.run(QUICK);
    await fixture.becomes(id, { status: 'success', rescues: 1 });
    expectTwoCalls(id);
  });
});

test('retries until the backend is back', async () => {
  const away = await startBackend();
  await away.close();
  const runner = await fixture.run({ backends: [away.options] });
  const id = await fixture.database.insert({ max_retries: 25 });
  const port = Number(new URL(away.url).port);
  await eventually(async () => expect((await fixture.database.row(id)).retries).toBeGreaterThan(0));
  const back = await startBackend({ port });
  await fixture.becomes(id, { status: 'success' });
  expect((await fixture.database.row(id)).errors).toMatchObject({
    0: { code: 'backend_unreachable', reason: `The backend at 127.0.0.1:${port} refused the connection.` },
  });
  await runner.stop();
  await back.close();
});

test('reports a value that cannot be sent as an error of its statement, not of the connection', async () => {
  const connection = createConnection(fixture.database.options, silentLogger, Math.random);
  onTestFinished(() => connection.close());
  let connected = 0;
  connection.onConnected(() => {
    connected += 1;
  });
  await connection.open();
  await expect(connection.query('RETURN $much', { much: 2n ** 70n })).rejects.toThrow('too big to be encoded');
  expect(await connection.query('RETURN 1')).toBe(1);
  expect(connected).toBe(1);
});

test('logs the cause of each lost connection once', SLOW, async () => {
  const logged: unknown[] = [];
  const warn = (...[details, message]: unknown[]) => void logged.push(message ? Object(details).reason : details);
  let rounds = 0;
  const connection = createConnection(fixture.database.options, { ...silentLogger, warn }, () => {
    rounds += 1;
    return 0.5;
  });
  onTestFinished(() => connection.close());
  const tried = async () => {
    const until = rounds + 3;
    await eventually(() => expect(rounds).toBeGreaterThanOrEqual(until));
  };
  const setPassword = (password: string) =>
    fixture.database.query(`DEFINE USER OVERWRITE runner ON DATABASE PASSWORD '${password}' ROLES EDITOR`);

  await fixture.database.stop();
  const opened = connection.open();
  await tried();
  expect(logged.splice(0)).toEqual([expect.stringContaining('the database is away')]);
  await fixture.database.start();
  await opened;

  await setPassword('another');
  await fixture.database.stop();
  await tried();
  expect(logged.splice(0)).toEqual(['the connection to the database is lost; connecting again']);
  await fixture.database.start();
  await eventually(() => expect(logged).not.toEqual([]));
  await tried();
  expect(logged.splice(0)).toEqual([expect.stringContaining('does not let the runner in')]);
  await setPassword(fixture.database.options.password);
  await eventually(() => expect(connection.connected).toBe(true));
});
