import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createSetting, eventually, inTurn, type Setting, status } from '../testing/setting.ts';
import { decideRequest } from './requests.ts';

describe('decideRequest', () => {
  test.each([
    ['pending', 'retry', false, 'due-now'],
    ['failed', 'retry', false, 'rerun'],
    ['processing', 'retry', true, 'clear'],
    ['success', 'retry', false, 'clear'],
    ['pending', 'cancel', false, 'cancel-pending'],
    ['processing', 'cancel', true, 'abort'],
    ['processing', 'cancel', false, 'leave'],
    ['success', 'cancel', false, 'clear'],
    ['failed', 'cancel', false, 'clear'],
    ['nonsense', 'cancel', false, 'clear'],
  ] as const)('%s, asked to %s, held here: %s → %s', (state, request, held, action) => {
    expect(decideRequest(state, request, held)).toBe(action);
  });
});

describe.each([true, false])('an owner, with LIVE %s,', (live) => {
  let setting: Setting;
  const options = () => ({ live, pollIntervalMs: live ? 60_000 : 50 });
  const ask = (id: unknown, request: string) =>
    setting.database.query('UPDATE $id SET request = $request', { id, request });

  beforeAll(async () => {
    setting = await createSetting();
  });
  afterEach(() => setting.reset());
  afterAll(() => setting.close());

  test('runs a failed job again, as a new request to the backend', async () => {
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

  test('need not wait for the backoff', async () => {
    setting.backend.answer(inTurn(status(503, {}, { 'retry-after': '3600' }), () => ({})));
    await setting.run(options());
    const id = await setting.database.insert();
    await setting.becomes(id, { status: 'pending', retries: 1 });
    await ask(id, 'retry');
    expect(await setting.becomes(id, { status: 'success', retries: 1, reruns: 0 })).not.toHaveProperty('request');
  });

  test('cancels a job that waits', async () => {
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

  test('cancels a job that runs: the call is aborted', async () => {
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

  test('cancels a job on whichever runner holds it', async () => {
    const arrived = Promise.withResolvers<void>();
    setting.backend.answer(() => {
      arrived.resolve();
      return new Promise(() => {});
    });
    await setting.run(options());
    await setting.run(options());
    const id = await setting.database.insert();
    await arrived.promise;
    await ask(id, 'cancel');
    await setting.becomes(id, { status: 'failed' });
    expect(setting.backend.calls).toHaveLength(1);
  });

  test('asks for what is no more possible, and the request is cleared', async () => {
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
