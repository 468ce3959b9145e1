import { afterAll, beforeAll, expect, test } from 'vitest';
import { storm } from './testing/chaos/storm.ts';
import { createSetting, eventually, type Setting } from './testing/setting.ts';

const JOBS = 500;
let setting: Setting;

beforeAll(async () => {
  setting = await createSetting();
});
afterAll(() => setting.close());

test('two runners deliver each of many jobs exactly once', { timeout: 150_000 }, async () => {
  const { database, backend, run } = setting;
  await database.query(
    `FOR $i IN 0..${JOBS} { CREATE job SET path = '/spookify', payload = { id: 'thread:a' } RETURN NONE }`,
  );
  const holders = new Set<unknown>();
  backend.answer(async (request) => {
    const id = String(request.headers['x-job-id']);
    const [runner] = await database.query<string[]>('SELECT VALUE runner FROM type::record($id)', { id });
    holders.add(runner?.split(':')[0]);
    return {};
  });
  await Promise.all([run({ runnerId: 'one' }), run({ runnerId: 'two' })]);
  await eventually(async () => {
    const left = await database.query<unknown[]>(`SELECT id FROM job WHERE status != 'success'`);
    expect(left).toHaveLength(0);
  }, 120_000);
  expect(backend.calls).toHaveLength(JOBS);
  expect(new Set(backend.calls.map(({ job }) => job)).size).toBe(JOBS);
  expect(holders).toEqual(new Set(['one', 'two']));
  const touched = await database.query<unknown[]>('SELECT id FROM job WHERE retries > 0 OR rescues > 0');
  expect(touched).toHaveLength(0);
});

test('four runners in processes of their own deliver each of many more exactly once', {
  timeout: 400_000,
}, async () => {
  const report = await storm({ seed: 1, jobs: 2_000, kills: 0, runners: 4, calm: true, patienceMs: 300_000 });
  expect(Object.entries(report.violations).filter(([, { length }]) => length > 0)).toEqual([]);
  expect(report).toMatchObject({ jobs: 2_000, calls: 2_000, effects: 2_000, ends: { success: 2_000 }, rescues: 0 });
});
