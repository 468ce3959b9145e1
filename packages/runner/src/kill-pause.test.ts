import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { TOKEN } from './testing/backend.ts';
import { RECORD_HISTORY, readVersions } from './testing/chaos/history.ts';
import { type Child, startChild } from './testing/child.ts';
import { createSetting, eventually, type Setting } from './testing/setting.ts';

const JOBS = 8;
/** Short, so that the pause is, but not so short that a busy machine loses it; everything else is as by default. */
const QUICK = { leaseMs: 6_000, rescueIntervalMs: 200 };
let setting: Setting;

beforeAll(async () => {
  setting = await createSetting();
  await setting.database.query(RECORD_HISTORY);
});
afterAll(() => setting.close());

/** A runner that can be paused: in a process of its own. */
async function startRunner(): Promise<Child> {
  const { token: _, ...backend } = setting.backend.options;
  const entry = new URL('./testing/runner-entry.ts', import.meta.url);
  const options = { ...QUICK, runnerId: 'paused', database: setting.database.options };
  const child = await startChild(entry, { ...options, backends: [backend], token: TOKEN });
  onTestFinished(() => child.kill());
  return child;
}

test('a runner paused for longer than its lease ends its calls when it goes on, and changes nothing', {
  timeout: 90_000,
}, async () => {
  const { database, backend, run } = setting;
  const firstAnswers = Array.from({ length: JOBS }, () => Promise.withResolvers<unknown>());
  backend.answer(() => firstAnswers[backend.calls.length - 1]?.promise ?? { by: 'another' });
  const paused = await startRunner();
  const ids = await Promise.all(Array.from({ length: JOBS }, () => database.insert()));
  await eventually(() => expect(backend.calls).toHaveLength(JOBS));

  paused.signal('SIGSTOP');
  const another = await run({ ...QUICK, runnerId: 'another' });
  await eventually(async () => {
    const rows = await Promise.all(ids.map((id) => database.row(id)));
    for (const row of rows) expect(row).toMatchObject({ status: 'success', result: { by: 'another' }, rescues: 1 });
  });
  await another.stop();
  const before = await readVersions(database.query);
  // Half of the answers wait for the paused runner; the other half never come.
  for (const { resolve } of firstAnswers.slice(0, JOBS / 2)) resolve({ by: 'paused' });

  paused.signal('SIGCONT');
  await Promise.all(backend.calls.slice(JOBS / 2, JOBS).map(({ aborted }) => aborted));
  // It goes on with other work. What it had to say about the old jobs it has said by then: outcomes are written in order.
  const next = await database.insert();
  await eventually(async () => {
    const row = await database.row(next);
    expect(row).toMatchObject({ status: 'success', rescues: 0 });
  });
  const after = await readVersions(database.query);
  for (const id of ids) expect(after.get(String(id))).toEqual(before.get(String(id)));
  expect(after.get(String(next))?.find(({ status }) => status === 'processing')?.runner).toMatch(/^paused:/);
});
