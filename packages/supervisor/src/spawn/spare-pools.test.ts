import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { createSupervisor } from '../supervisor.ts';
import { childrenOf, isAlive } from '../testing/process-table.ts';
import { supervise, temporaryRoot, untilGone, WAIT } from '../testing/supervise.ts';

const entry = 'dist/a.js';
const operator = { type: 'operator' } as const;
/** Sends the start time of its process and what it sees of its environment. */
const SOURCE = `export default (p) => {
  p.ready();
  p.send({ bornAt: performance.timeOrigin, argv: process.argv.length, left: globalThis.left, env: process.env.COLOR });
  globalThis.left = p.userId;
  p.onMessage(() => p.complete());
};`;

interface Seen {
  bornAt: number;
  argv: number;
  left?: string;
  env?: string;
}

function prepare() {
  const all = supervise({ 'a.js': SOURCE });
  return {
    ...all,
    /** Spawns and returns whether an existing spare was used. */
    async spawn(options: object = {}) {
      const begun = Date.now();
      const handle = await all.supervisor.spawn({ entry, ...options });
      const seen = await vi.waitFor(() => (all.messages.shift() as Seen | undefined) ?? expect.fail('silent'), WAIT);
      return { handle, seen, wasSpare: seen.bornAt < begun };
    },
    ready: (count: number) =>
      vi.waitFor(async () => expect((await all.supervisor.snapshot()).spares).toBe(count), WAIT),
  };
}

test('uses a spare for a spawn and makes the next one in the background', async () => {
  const { supervisor, spawn, ready, states, output } = prepare();
  expect((await spawn()).wasSpare).toBe(false);
  await supervisor.keepSpares({ count: 1 });
  expect((await supervisor.snapshot()).spares).toBe(1);
  const first = await spawn({ userId: 'ada' });
  expect(first.wasSpare).toBe(true);
  expect(first.seen.argv).toBe(2);
  expect(states(first.handle.processId)).toEqual(['starting', 'running']);
  await ready(1);
  const second = await spawn({ userId: 'bob' });
  expect(second.wasSpare).toBe(true);
  expect(second.handle.info.pid).not.toBe(first.handle.info.pid);
  await first.handle.stop();
  await second.handle.stop();
  expect(output).toEqual([]);
});

test('uses each spare once: none that ran for one user runs for another', async () => {
  const { supervisor, spawn } = prepare();
  await supervisor.keepSpares({ count: 2 });
  const runs = await Promise.all(Array.from({ length: 6 }, (_, n) => spawn({ userId: `user ${n}` })));
  expect(new Set(runs.map(({ handle }) => handle.info.pid)).size).toBe(6);
  for (const { seen } of runs) expect(seen.left).toBeUndefined();
  expect(runs.filter(({ wasSpare }) => wasSpare).length).toBeGreaterThanOrEqual(2);
  for (const { handle } of runs) handle.send('done');
  await vi.waitFor(async () => expect(await supervisor.list({ state: 'completed' })).toHaveLength(6), WAIT);
  for (const { handle } of runs) expect(isAlive(handle.info.pid ?? 0)).toBe(false);
});

describe('compares the setup of the spawn and the spare, and', () => {
  test.each([
    ['another environment', {}, { env: { COLOR: 'red' } }],
    ['a heap limit', {}, { heapLimitMb: 100 }],
    ['permissions', {}, { permissions: {} }],
    ['no permissions', { permissions: {} }, {}],
    ['other permissions', { permissions: { read: ['x'] } }, { permissions: { write: ['x'] } }],
  ])('forks a child for %s', async (_name, spare, options) => {
    const { supervisor, spawn, root } = prepare();
    mkdirSync(join(root, 'x'));
    await supervisor.keepSpares({ count: 1, ...spare });
    expect(await spawn(options)).toMatchObject({ wasSpare: false });
    expect((await supervisor.snapshot()).spares).toBe(1);
    expect(await spawn(spare)).toMatchObject({ wasSpare: true });
  });

  test('uses a spare with the same variables in another order', async () => {
    const { supervisor, spawn } = prepare();
    await supervisor.keepSpares({ count: 1, env: { COLOR: 'red', SIZE: '1' } });
    expect(await spawn({ env: { SIZE: '1', COLOR: 'red' } })).toMatchObject({ wasSpare: true, seen: { env: 'red' } });
  });
});

test.skipIf(process.platform !== 'linux')('replaces a dead or suspended spare instead of using it', async () => {
  const { supervisor, spawn, ready } = prepare();
  const before = new Set(childrenOf(process.pid));
  await supervisor.keepSpares({ count: 2 });
  const added = childrenOf(process.pid).filter((pid) => !before.has(pid));
  const spares = added.filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('\0spare')); // not the reaper
  expect((await supervisor.snapshot()).spares).toBe(2);
  process.kill(spares[0] ?? 0, 'SIGKILL');
  process.kill(spares[1] ?? 0, 'SIGSTOP');
  const { handle } = await spawn();
  expect(spares).not.toContain(handle.info.pid);
  await ready(2);
  await untilGone(...spares);
  expect(await spawn()).toMatchObject({ wasSpare: true });
});

test('counts spares towards no limit, lists none, and ends them with a count of 0', async () => {
  const root = temporaryRoot({ 'a.js': SOURCE });
  const supervisor = createSupervisor({ root, scope: operator, limits: { processes: 1 } });
  await supervisor.keepSpares({ count: 3 });
  expect(await supervisor.list()).toEqual([]);
  await supervisor.spawn({ entry });
  await supervisor.keepSpares({ count: 0 });
  await vi.waitFor(async () => expect((await supervisor.snapshot()).spares).toBe(0), WAIT);
  await supervisor.close();
});

test('ends the spares with the supervisor', async () => {
  const before = new Set(childrenOf(process.pid));
  const supervisor = createSupervisor({ root: temporaryRoot(), scope: operator });
  await supervisor.keepSpares({ count: 2 });
  const late = supervisor.keepSpares({ count: 4 });
  const children = childrenOf(process.pid).filter((pid) => !before.has(pid));
  if (process.platform === 'linux') expect(children.length).toBeGreaterThanOrEqual(3);
  await supervisor.close();
  await late;
  expect(children.filter(isAlive)).toEqual([]);
  expect((await supervisor.snapshot()).spares).toBe(0);
  await expect(supervisor.keepSpares({ count: 1 })).rejects.toMatchObject({ code: 'SPOOKY_SUPERVISOR_CLOSED' });
});

test('rejects when a spare cannot load, and spawns without it', async () => {
  const { supervisor, spawn } = prepare();
  const spare = { count: 1, env: { NODE_OPTIONS: '--require /no/such/file' } };
  const code = 'SPOOKY_SUPERVISOR_START_FAILED';
  await expect(supervisor.keepSpares(spare)).rejects.toMatchObject({ code });
  expect(await spawn()).toMatchObject({ wasSpare: false });
});

test('watches, diagnoses and kills a used spare like any other child', async () => {
  const { supervisor, ended } = supervise({ 'a.js': 'export default (p) => { p.ready(); for (;;); };' });
  await supervisor.keepSpares({ count: 1 });
  const { processId } = await supervisor.spawn({ entry, heartbeatTimeoutMs: 200 });
  expect(await ended(processId)).toMatchObject({ state: 'timed_out', exit: { signal: 'SIGKILL', forced: true } });
});

test.each([-1, 1.5, 101])('refuses %d spares', async (count) => {
  const { supervisor } = supervise();
  await expect(supervisor.keepSpares({ count })).rejects.toMatchObject({ code: 'SPOOKY_SUPERVISOR_INVALID_OPTION' });
});
