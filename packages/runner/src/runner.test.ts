import { Duration, RecordId } from 'surrealdb';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createRunner } from './runner.ts';
import { createFixture, eventually, type Fixture, inTurn, status } from './testing/fixture.ts';

let fixture: Fixture;

beforeAll(async () => {
  fixture = await createFixture();
});
afterEach(() => fixture.reset());
afterAll(() => fixture.close());

describe('a job', () => {
  test('is delivered once, and its answer is on the row', async () => {
    const { database, backend, run, becomes } = fixture;
    await run();
    const id = await database.insert();
    const row = await becomes(id, { status: 'success' });
    expect(row).toMatchObject({ result: { writer: 'offline' }, retries: 0, errors: [] });
    expect(row).not.toHaveProperty('token');
    expect(row).not.toHaveProperty('runner');
    expect(row).not.toHaveProperty('lease_until');
    expect(backend.calls).toHaveLength(1);
    expect(backend.calls[0]).toMatchObject({ body: { id: 'thread:a' }, headers: { 'idempotency-key': String(id) } });
  });

  test('is delivered if it was inserted before the runner started', async () => {
    const id = await fixture.database.insert();
    await fixture.run({ signal: false });
    await fixture.becomes(id, { status: 'success' });
  });

  test('is retried until it succeeds, under one idempotency key', async () => {
    const { database, backend, run, becomes } = fixture;
    backend.answer(inTurn(status(503, { message: 'The moon is down.' }), status(500), () => ({ writer: 'offline' })));
    await run();
    const id = await database.insert();
    const row = await becomes(id, { status: 'success', retries: 2 });
    expect(row.errors).toMatchObject([
      { attempt: 1, code: 'http_503', reason: 'The backend answered 503: The moon is down.', at: expect.anything() },
      { attempt: 2, code: 'http_500', reason: 'The backend answered with status 500.' },
    ]);
    expect(backend.calls.map((call) => call.headers['x-job-attempt'])).toEqual(['1', '2', '3']);
    expect(new Set(backend.calls.map((call) => call.headers['idempotency-key']))).toEqual(new Set([String(id)]));
  });

  test('fails after its last retry', async () => {
    fixture.backend.answer(status(500));
    await fixture.run();
    const id = await fixture.database.insert({ max_retries: 2, retry_strategy: 'exponential' });
    const row = await fixture.becomes(id, { status: 'failed', retries: 2 });
    expect(row.errors).toMatchObject([{ attempt: 1 }, { attempt: 2 }, { attempt: 3 }]);
    expect(fixture.backend.calls).toHaveLength(3);
  });

  test('has one attempt without retries', async () => {
    fixture.backend.answer(status(500));
    await fixture.run();
    const id = await fixture.database.insert({ max_retries: 0 });
    await fixture.becomes(id, { status: 'failed', retries: 0 });
    expect(fixture.backend.calls).toHaveLength(1);
  });

  test('fails at once if the backend rejects it', async () => {
    fixture.backend.answer(status(404, { message: 'There is no such thread.' }));
    await fixture.run();
    const id = await fixture.database.insert();
    const row = await fixture.becomes(id, { status: 'failed' });
    expect(row.errors).toMatchObject([
      { code: 'http_404', reason: 'The backend answered 404: There is no such thread.' },
    ]);
    expect(fixture.backend.calls).toHaveLength(1);
  });

  test('waits as long as the backend asks', async () => {
    fixture.backend.answer(status(429, {}, { 'retry-after': '3600' }));
    await fixture.run();
    const id = await fixture.database.insert();
    const row = await fixture.becomes(id, { status: 'pending', retries: 1 });
    expect(new Date(String(row.run_at)).getTime() - Date.now()).toBeGreaterThan(3_500_000);
  });

  test('keeps the last 25 errors', async () => {
    fixture.backend.answer(status(500));
    await fixture.run({ backoff: { baseMs: 1, capMs: 1 } });
    const id = await fixture.database.insert({ max_retries: 25 });
    const { errors } = await fixture.becomes(id, { status: 'failed', retries: 25 });
    expect(errors).toHaveLength(25);
    expect(errors).toMatchObject({ 0: { attempt: 2 }, 24: { attempt: 26 } });
  });

  test.each([
    [{ path: '/other' }, 'path_refused'],
    [{ path: '//127.0.0.1:1/spookify' }, 'path_refused'],
    [{ path: '@127.0.0.1:1/spookify' }, 'path_refused'],
    [{ path: '/%2e%2e/spookify' }, 'path_refused'],
    [{ payload: {} }, 'payload_refused'],
    [{ payload: { id: new RecordId('thread', 'a'), more: 1 } }, 'payload_refused'],
  ])('is refused before anything is sent: %j', async (fields, code) => {
    await fixture.run();
    const id = await fixture.database.insert(fields);
    const row = await fixture.becomes(id, { status: 'failed', retries: 0 });
    expect(row.errors).toMatchObject([{ attempt: 1, code }]);
    expect(fixture.backend.calls).toHaveLength(0);
  });

  test('is aborted when its timeout ends', async () => {
    fixture.backend.answer(() => new Promise(() => {}));
    await fixture.run();
    const id = await fixture.database.insert({ timeout: new Duration('100ms'), max_retries: 0 });
    const row = await fixture.becomes(id, { status: 'failed' });
    expect(row.errors).toMatchObject([{ code: 'backend_timeout' }]);
  });

  test('is forgotten if it is deleted while it runs', async () => {
    const arrived = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<unknown>();
    fixture.backend.answer(() => {
      arrived.resolve();
      return answer.promise;
    });
    const runner = await fixture.run();
    await fixture.database.insert();
    await arrived.promise;
    await fixture.database.query('DELETE job');
    answer.resolve({});
    await eventually(() => expect(runner.health().inFlight).toBe(0));
    fixture.backend.reset();
    await fixture.becomes(await fixture.database.insert(), { status: 'success' });
  });
});

describe('a runner', () => {
  test('delivers a job on the write signal, long before the poll', async () => {
    const runner = await fixture.run({ pollIntervalMs: 60_000 });
    await eventually(() => expect(runner.health().signalled).toBe(true));
    for (let job = 0; job < 5; job += 1) {
      await fixture.becomes(await fixture.database.insert(), { status: 'success' });
    }
  });

  test('sets a timer for the next due job', async () => {
    const runner = await fixture.run({ pollIntervalMs: 60_000 });
    await eventually(() => expect(runner.health().signalled).toBe(true));
    const id = await fixture.database.insert({ run_at: new Date(Date.now() + 300) });
    await fixture.becomes(id, { status: 'success' });
  });

  test('finds jobs by the poll without the write signal, even more than it runs at once', async () => {
    await fixture.run({ signal: false, pollIntervalMs: 50 });
    const ids = await Promise.all(Array.from({ length: 50 }, () => fixture.database.insert()));
    for (const id of ids) await fixture.becomes(id, { status: 'success' });
    expect(fixture.backend.calls).toHaveLength(50);
  });

  test('never exceeds the concurrency of the backend', async () => {
    const { database, backend, run, becomes } = fixture;
    let now = 0;
    let most = 0;
    backend.answer(async () => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
      return {};
    });
    const ids = await Promise.all(Array.from({ length: 40 }, () => database.insert()));
    await run({ backends: [{ ...backend.options, concurrency: 3 }] });
    for (const id of ids) await becomes(id, { status: 'success' });
    expect(most).toBeLessThanOrEqual(3);
  });
});

describe('start', () => {
  test('rejects with a wrong password', async () => {
    const { database, backend } = fixture;
    const runner = createRunner({ database: { ...database.options, password: 'wrong' }, backends: [backend.options] });
    await expect(runner.start()).rejects.toMatchObject({ code: 'SPOOKY_RUNNER_SIGN_IN_REFUSED' });
    await runner.stop();
  });

  test('waits for a database that is away, and can be stopped meanwhile', async () => {
    const { database, backend } = fixture;
    const runner = createRunner({
      database: { ...database.options, url: 'ws://127.0.0.1:1/rpc' },
      backends: [backend.options],
    });
    const started = runner.start();
    expect(runner.health()).toMatchObject({ state: 'starting', connected: false });
    await Promise.all([runner.stop(), expect(started).rejects.toMatchObject({ code: 'SPOOKY_RUNNER_STOPPED' })]);
    expect(runner.health().state).toBe('stopped');
  });

  test.each([
    ['no backend', { backends: [] }],
    ['a poll interval of 0', { pollIntervalMs: 0 }],
    ['a fractional poll interval', { pollIntervalMs: 0.5 }],
  ])('refuses options with %s', (_, options) => {
    const { database, backend } = fixture;
    const create = () => createRunner({ database: database.options, backends: [backend.options], ...options });
    expect(create).toThrow(expect.objectContaining({ code: 'SPOOKY_RUNNER_BAD_OPTIONS' }));
  });
});
