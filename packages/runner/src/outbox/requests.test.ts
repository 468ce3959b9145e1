import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { PARTITIONS } from '../ownership/partition.ts';
import { createSetting, eventually, inTurn, type Setting, status } from '../testing/setting.ts';
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
  let setting: Setting;
  const options = () => ({ signal, pollIntervalMs: signal ? 60_000 : 50 });
  const ask = (id: unknown, request: string) =>
    setting.database.query('UPDATE $id SET request = $request', { id, request });

  beforeAll(async () => {
    setting = await createSetting();
  });
  afterEach(() => setting.reset());
  afterAll(() => setting.close());

  test('reruns a failed job, as a new request to the backend', async () => {
    setting.backend.answer(inTurn(status(400), status(500), () => ({ writer: 'offline' })));
    await setting.run(options());
    const id = await setting.database.insert();
    await setting.becomes(id, { status: 'failed' });
    await ask(id, 'retry');
    const row = await setting.becomes(id, { status: 'success', reruns: 1, retries: 1 });
    expect(row).not.toHaveProperty('request');
    expect(row.errors).toHaveLength(2);
    const keys = setting.backend.calls.map((call) => call.headers['idempotency-key']);
    expect(keys).toEqual([String(id), `${id}:1`, `${id}:1`]);
  });

  test('ends the wait for the backoff', async () => {
    setting.backend.answer(inTurn(status(503, {}, { 'retry-after': '3600' }), () => ({})));
    await setting.run(options());
    const id = await setting.database.insert();
    await setting.becomes(id, { status: 'pending', retries: 1 });
    await ask(id, 'retry');
    expect(await setting.becomes(id, { status: 'success', retries: 1, reruns: 0 })).not.toHaveProperty('request');
  });

  test('cancels a waiting job', async () => {
    setting.backend.answer(status(503, {}, { 'retry-after': '3600' }));
    await setting.run(options());
    const id = await setting.database.insert();
    await setting.becomes(id, { status: 'pending', retries: 1 });
    await ask(id, 'cancel');
    const row = await setting.becomes(id, { status: 'failed' });
    expect(row).not.toHaveProperty('request');
    expect(row.errors).toMatchObject([
      { code: 'http_503' },
      { attempt: 2, code: 'cancelled', reason: 'Cancelled by its owner.' },
    ]);
  });

  test('cancels a running job and aborts its call', async () => {
    const arrived = Promise.withResolvers<void>();
    setting.backend.answer(() => {
      arrived.resolve();
      return new Promise(() => {});
    });
    await setting.run(options());
    const id = await setting.database.insert();
    await arrived.promise;
    await ask(id, 'cancel');
    const row = await setting.becomes(id, { status: 'failed' });
    expect(row).not.toHaveProperty('request');
    expect(row.errors).toMatchObject([{ attempt: 1, code: 'cancelled' }]);
    await setting.backend.calls[0]?.aborted;
  });

  test.each(['the first', 'the second'])('cancels a job on the runner that works on it: %s', async (which) => {
    const arrived = Promise.withResolvers<void>();
    setting.backend.answer(() => {
      arrived.resolve();
      return new Promise(() => {});
    });
    const timing = { beatMs: 100 };
    await setting.run({ ...options(), timing, runnerId: 'the first' });
    const second = await setting.run({ ...options(), timing, runnerId: 'the second' });
    await eventually(() => expect(second.health().partitions).toBe(PARTITIONS / 2));
    const partition = await setting.database.query<number>(
      `RETURN (SELECT VALUE record::id(id)[1] FROM spooky_partition WHERE owner CONTAINS $which)[0]`,
      { which },
    );
    const id = await setting.database.insert({ partition });
    await arrived.promise;
    await ask(id, 'cancel');
    await setting.becomes(id, { status: 'failed', errors: [{ attempt: 1, code: 'cancelled' }] });
    await setting.backend.calls[0]?.aborted;
    expect(setting.backend.calls).toHaveLength(1);
  });

  test('cancels a running job on its runner although its partition has another owner', async () => {
    setting.backend.answer(() => new Promise(() => {}));
    const timing = { beatMs: 100 };
    await setting.run({ ...options(), timing, runnerId: 'the first' });
    const ids = await Promise.all(
      Array.from({ length: PARTITIONS }, (_, partition) => setting.database.insert({ partition })),
    );
    await Promise.all(ids.map((id) => setting.becomes(id, { status: 'processing' })));
    const second = await setting.run({ ...options(), timing, runnerId: 'the second' });
    await eventually(() => expect(second.health().partitions).toBe(PARTITIONS / 2));
    await Promise.all(ids.map((id) => ask(id, 'cancel')));
    for (const id of ids) await setting.becomes(id, { status: 'failed', errors: [{ attempt: 1, code: 'cancelled' }] });
    await Promise.all(setting.backend.calls.map(({ aborted }) => aborted));
    expect(setting.backend.calls).toHaveLength(PARTITIONS);
  });

  test('cancels a queued job, which is never called', async () => {
    const answered = Promise.withResolvers<object>();
    setting.backend.answer(() => answered.promise);
    await setting.run({ ...options(), backends: [{ ...setting.backend.options, concurrency: 1 }] });
    const first = await setting.database.insert();
    await eventually(() => expect(setting.backend.calls).toHaveLength(1));
    const second = await setting.database.insert();
    await ask(second, 'cancel');
    await setting.becomes(second, { status: 'failed', errors: [{ code: 'cancelled' }] });
    answered.resolve({});
    await setting.becomes(first, { status: 'success' });
    expect(setting.backend.calls).toHaveLength(1);
  });

  test('cancels a job before a runner starts, and never calls it', async () => {
    const ids = await Promise.all(Array.from({ length: 40 }, () => setting.database.insert({ request: 'cancel' })));
    const other = await setting.database.insert();
    await setting.run(options());
    for (const id of ids) {
      expect(await setting.becomes(id, { status: 'failed', errors: [{ code: 'cancelled' }] })).not.toHaveProperty(
        'request',
      );
    }
    await setting.becomes(other, { status: 'success' });
    expect(setting.backend.calls.map(({ job }) => job)).toEqual([String(other)]);
  });

  test('clears a request that is no longer possible', async () => {
    await setting.run(options());
    const id = await setting.database.insert();
    await setting.becomes(id, { status: 'success' });
    for (const request of ['cancel', 'retry']) {
      await ask(id, request);
      await eventually(async () => expect(await setting.database.row(id)).not.toHaveProperty('request'));
      expect(await setting.database.row(id)).toMatchObject({ status: 'success' });
    }
    expect(setting.backend.calls).toHaveLength(1);
  });
});
