import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { PARTITIONS } from '../ownership/partition.ts';
import { createFixture, eventually, type Fixture, inTurn, status } from '../testing/fixture.ts';
import { decideRequest } from './requests.ts';

describe('decideRequest', () => {
  test.each([
    ['pending', 'retry', false, 'due-now'],
    ['failed', 'retry', false, 'rerun'],
    ['processing', 'retry', true, 'clear'],
    ['success', 'retry', false, 'clear'],
    ['nonsense', 'retry', false, 'clear'],
    ['pending', 'cancel', false, 'cancel-pending'],
    ['pending', 'cancel', true, 'abort'],
    ['processing', 'cancel', true, 'abort'],
    ['processing', 'cancel', false, 'leave'],
    ['success', 'cancel', false, 'clear'],
    ['failed', 'cancel', false, 'clear'],
    ['nonsense', 'cancel', false, 'clear'],
  ] as const)('maps status %s and request %s (here: %s) to %s', (state, request, isHere, action) => {
    expect(decideRequest(state, request, isHere)).toBe(action);
  });
});

describe.each([true, false])('with the write signal %s', (signal) => {
  let fixture: Fixture;
  const options = () => ({ signal, pollIntervalMs: signal ? 60_000 : 50 });
  const ask = (id: unknown, request: string) =>
    fixture.database.query('UPDATE $id SET request = $request', { id, request });

  beforeAll(async () => {
    fixture = await createFixture();
  });
  afterEach(() => fixture.reset());
  afterAll(() => fixture.close());

  test('reruns a failed job, as a new request to the backend', async () => {
    fixture.backend.answer(inTurn(status(400), status(500), () => ({ writer: 'offline' })));
    await fixture.run(options());
    const id = await fixture.database.insert();
    await fixture.becomes(id, { status: 'failed' });
    await ask(id, 'retry');
    const row = await fixture.becomes(id, { status: 'success', reruns: 1, retries: 1 });
    expect(row).not.toHaveProperty('request');
    expect(row.errors).toHaveLength(2);
    const keys = fixture.backend.calls.map((call) => call.headers['idempotency-key']);
    expect(keys).toEqual([String(id), `${id}:1`, `${id}:1`]);
  });

  test('ends the wait for the backoff', async () => {
    fixture.backend.answer(inTurn(status(503, {}, { 'retry-after': '3600' }), () => ({})));
    await fixture.run(options());
    const id = await fixture.database.insert();
    await fixture.becomes(id, { status: 'pending', retries: 1 });
    await ask(id, 'retry');
    expect(await fixture.becomes(id, { status: 'success', retries: 1, reruns: 0 })).not.toHaveProperty('request');
  });

  test('cancels a waiting job', async () => {
    fixture.backend.answer(status(503, {}, { 'retry-after': '3600' }));
    await fixture.run(options());
    const id = await fixture.database.insert();
    await fixture.becomes(id, { status: 'pending', retries: 1 });
    await ask(id, 'cancel');
    const row = await fixture.becomes(id, { status: 'failed' });
    expect(row).not.toHaveProperty('request');
    expect(row.errors).toMatchObject([
      { code: 'http_503' },
      { attempt: 2, code: 'cancelled', reason: 'Cancelled by its owner.' },
    ]);
  });

  test('cancels a running job and aborts its call', async () => {
    const arrived = Promise.withResolvers<void>();
    fixture.backend.answer(() => {
      arrived.resolve();
      return new Promise(() => {});
    });
    await fixture.run(options());
    const id = await fixture.database.insert();
    await arrived.promise;
    await ask(id, 'cancel');
    const row = await fixture.becomes(id, { status: 'failed' });
    expect(row).not.toHaveProperty('request');
    expect(row.errors).toMatchObject([{ attempt: 1, code: 'cancelled' }]);
    await fixture.backend.calls[0]?.aborted;
  });

  test.each(['the first', 'the second'])('cancels a job on the runner that works on it: %s', async (which) => {
    const arrived = Promise.withResolvers<void>();
    fixture.backend.answer(() => {
      arrived.resolve();
      return new Promise(() => {});
    });
    const timing = { beatMs: 100 };
    await fixture.run({ ...options(), timing, runnerId: 'the first' });
    const second = await fixture.run({ ...options(), timing, runnerId: 'the second' });
    await eventually(() => expect(second.health().partitions).toBe(PARTITIONS / 2));
    const partition = await fixture.database.query<number>(
      `RETURN (SELECT VALUE record::id(id)[1] FROM spooky_partition WHERE owner CONTAINS $which)[0]`,
      { which },
    );
    const id = await fixture.database.insert({ partition });
    await arrived.promise;
    await ask(id, 'cancel');
    await fixture.becomes(id, { status: 'failed', errors: [{ attempt: 1, code: 'cancelled' }] });
    await fixture.backend.calls[0]?.aborted;
    expect(fixture.backend.calls).toHaveLength(1);
  });

  test('cancels a running job on its runner although its partition has another owner', async () => {
    fixture.backend.answer(() => new Promise(() => {}));
    const timing = { beatMs: 100 };
    await fixture.run({ ...options(), timing, runnerId: 'the first' });
    const ids = await Promise.all(
      Array.from({ length: PARTITIONS }, (_, partition) => fixture.database.insert({ partition })),
    );
    await Promise.all(ids.map((id) => fixture.becomes(id, { status: 'processing' })));
    const second = await fixture.run({ ...options(), timing, runnerId: 'the second' });
    await eventually(() => expect(second.health().partitions).toBe(PARTITIONS / 2));
    await Promise.all(ids.map((id) => ask(id, 'cancel')));
    for (const id of ids) await fixture.becomes(id, { status: 'failed', errors: [{ attempt: 1, code: 'cancelled' }] });
    await Promise.all(fixture.backend.calls.map(({ aborted }) => aborted));
    expect(fixture.backend.calls).toHaveLength(PARTITIONS);
  });

  test('cancels a queued job, which is never called', async () => {
    const answered = Promise.withResolvers<object>();
    fixture.backend.answer(() => answered.promise);
    await fixture.run({ ...options(), backends: [{ ...fixture.backend.options, concurrency: 1 }] });
    const first = await fixture.database.insert();
    await eventually(() => expect(fixture.backend.calls).toHaveLength(1));
    const second = await fixture.database.insert();
    await ask(second, 'cancel');
    await fixture.becomes(second, { status: 'failed', errors: [{ code: 'cancelled' }] });
    answered.resolve({});
    await fixture.becomes(first, { status: 'success' });
    expect(fixture.backend.calls).toHaveLength(1);
  });

  test('cancels a job before a runner starts, and never calls it', async () => {
    const ids = await Promise.all(Array.from({ length: 40 }, () => fixture.database.insert({ request: 'cancel' })));
    const other = await fixture.database.insert();
    await fixture.run(options());
    for (const id of ids) {
      expect(await fixture.becomes(id, { status: 'failed', errors: [{ code: 'cancelled' }] })).not.toHaveProperty(
        'request',
      );
    }
    await fixture.becomes(other, { status: 'success' });
    expect(fixture.backend.calls.map(({ job }) => job)).toEqual([String(other)]);
  });

  test('clears a request that is no longer possible', async () => {
    await fixture.run(options());
    const id = await fixture.database.insert();
    await fixture.becomes(id, { status: 'success' });
    for (const request of ['cancel', 'retry']) {
      await ask(id, request);
      await eventually(async () => expect(await fixture.database.row(id)).not.toHaveProperty('request'));
      expect(await fixture.database.row(id)).toMatchObject({ status: 'success' });
    }
    expect(fixture.backend.calls).toHaveLength(1);
  });
});
