import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createConnection } from './connection.ts';
import { silentLogger } from './logger.ts';
import { startBackend, TOKEN } from './testing/backend.ts';
import { startChild } from './testing/child.ts';
import { createSetting, eventually, inTurn, type Setting } from './testing/setting.ts';

let setting: Setting;

beforeAll(async () => {
  setting = await createSetting('own process');
});
afterEach(() => setting.reset());
afterAll(() => setting.close());

/** Processes start again in each of these. */
const SLOW = { timeout: 90_000 };
/** Short, so that it lapses soon, but not so short that a busy machine loses it. */
const QUICK = { leaseMs: 6_000, rescueIntervalMs: 100 };

/** The first call is answered when told to, the others at once. */
function holdFirst(): { arrived: Promise<void>; answer: (value: unknown) => void } {
  const arrived = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<unknown>();
  const first = (): Promise<unknown> => {
    arrived.resolve();
    return answer.promise;
  };
  setting.backend.answer(inTurn(first, () => ({ writer: 'offline' })));
  return { arrived: arrived.promise, answer: answer.resolve };
}

test(
  'the database is killed while a call is under way: the call goes on, its outcome is written later',
  SLOW,
  async () => {
    const { arrived, answer } = holdFirst();
    const runner = await setting.run({ leaseMs: 60_000 });
    const id = await setting.database.insert();
    await arrived;
    await setting.database.stop();
    await eventually(() => expect(runner.health()).toMatchObject({ connected: false, inFlight: 1 }));
    answer({ writer: 'offline' });
    await eventually(() => expect(runner.health().inFlight).toBe(0));
    await setting.database.start();
    await setting.becomes(id, { status: 'success', rescues: 0, retries: 0, result: { writer: 'offline' } });
    expect(setting.backend.calls).toHaveLength(1);
    await eventually(() => expect(runner.health()).toMatchObject({ connected: true, live: true }));
    await setting.becomes(await setting.database.insert(), { status: 'success' });
  },
);

test(
  'the database is away for longer than the lease: the job is delivered again under the same key',
  SLOW,
  async () => {
    const { arrived, answer } = holdFirst();
    const runner = await setting.run(QUICK);
    const id = await setting.database.insert();
    await arrived;
    await setting.database.stop();
    // The claim is over, so the runner ends its call.
    await setting.backend.calls[0]?.aborted;
    answer({});
    await eventually(() => expect(runner.health().inFlight).toBe(0));
    await setting.database.start();
    await setting.becomes(id, { status: 'success', retries: 0, errors: [] });
    expect(setting.backend.calls.map((call) => call.headers['idempotency-key'])).toEqual([String(id), String(id)]);
  },
);

test('a runner is stopped while the database is away', SLOW, async () => {
  const { arrived } = holdFirst();
  const runner = await setting.run();
  await setting.database.insert();
  await arrived;
  await setting.database.stop();
  await runner.stop({ graceMs: 0 });
  expect(runner.health().state).toBe('stopped');
  await setting.database.start();
});

test('a runner is killed: its job runs again elsewhere, under the same key', SLOW, async () => {
  const { arrived } = holdFirst();
  const { token: _, ...backend } = setting.backend.options;
  const options = { ...QUICK, database: setting.database.options };
  const killed = await startChild(new URL('./testing/runner-entry.ts', import.meta.url), {
    ...options,
    backends: [backend],
    token: TOKEN,
  });
  const id = await setting.database.insert();
  await arrived;
  await killed.kill();
  await setting.run(QUICK);
  await setting.becomes(id, { status: 'success', rescues: 1, retries: 0, errors: [] });
  const { calls } = setting.backend;
  expect(calls.map((call) => call.headers['idempotency-key'])).toEqual([String(id), String(id)]);
  expect(calls.map((call) => call.headers['x-job-attempt'])).toEqual(['1', '1']);
});

test('the backend is away, then back', async () => {
  const away = await startBackend();
  await away.close();
  const runner = await setting.run({ backends: [away.options] });
  const id = await setting.database.insert({ max_retries: 25 });
  const port = Number(new URL(away.url).port);
  await eventually(async () => expect((await setting.database.row(id)).retries).toBeGreaterThan(0));
  const back = await startBackend({ port });
  await setting.becomes(id, { status: 'success' });
  expect((await setting.database.row(id)).errors).toMatchObject({
    0: { code: 'backend_unreachable', reason: `The backend at 127.0.0.1:${port} refused the connection.` },
  });
  await runner.stop();
  await back.close();
});

test('a value that cannot be sent is an error of its statement, not of the connection', async () => {
  const connection = createConnection(setting.database.options, silentLogger, Math.random);
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

test('why there is no connection is told once each time', SLOW, async () => {
  const told: unknown[] = [];
  const warn = (...[details, message]: unknown[]) => void told.push(message ? Object(details).reason : details);
  let rounds = 0;
  const connection = createConnection(setting.database.options, { ...silentLogger, warn }, () => {
    rounds += 1;
    return 0.5;
  });
  onTestFinished(() => connection.close());
  const tried = async () => {
    const until = rounds + 3;
    await eventually(() => expect(rounds).toBeGreaterThanOrEqual(until));
  };
  const setPassword = (password: string) =>
    setting.database.query(`DEFINE USER OVERWRITE runner ON DATABASE PASSWORD '${password}' ROLES EDITOR`);

  await setting.database.stop();
  const opened = connection.open();
  await tried();
  expect(told.splice(0)).toEqual([expect.stringContaining('the database is away')]);
  await setting.database.start();
  await opened;

  await setPassword('another');
  await setting.database.stop();
  await tried();
  expect(told.splice(0)).toEqual(['the connection to the database is lost; connecting again']);
  await setting.database.start();
  await eventually(() => expect(told).not.toEqual([]));
  await tried();
  expect(told.splice(0)).toEqual([expect.stringContaining('does not let the runner in')]);
  await setPassword(setting.database.options.password);
  await eventually(() => expect(connection.connected).toBe(true));
});
