import { describe, expect, test } from 'vitest';
import { isAlive } from './testing/process-table.ts';
import { supervise } from './testing/supervise.ts';

const READY = 'export default (p) => { p.ready(); setInterval(p.heartbeat, 1000); };';
const entry = 'dist/a.js';

describe('allows one living process per user, kind and key', () => {
  test('and refuses a second one', async () => {
    const { supervisor } = supervise({ 'a.js': READY });
    await supervisor.spawn({ entry, key: 'k' });
    const code = 'SPOOKY_SUPERVISOR_KEY_TAKEN';
    await expect(supervisor.spawn({ entry, key: 'k' })).rejects.toMatchObject({ code });
    for (const other of [{ key: 'other' }, { key: 'k', kind: 'other' }, { key: 'k', userId: 'other' }, {}]) {
      await supervisor.spawn({ entry, ...other });
    }
  });

  test('and stops the old one first with replaceExisting', async () => {
    const { supervisor, events } = supervise({ 'a.js': READY });
    const first = await supervisor.spawn({ entry, key: 'k' });
    const second = await supervisor.spawn({ entry, key: 'k', replaceExisting: true });
    const order = events.map(({ processId, state }) => `${processId === first.processId ? 1 : 2} ${state}`);
    expect(order).toEqual(['1 starting', '1 running', '1 stopping', '1 stopped', '2 starting', '2 running']);
    expect(await first.refresh()).toMatchObject({ state: 'stopped', exitReason: 'replaced' });
    expect(isAlive(second.info.pid ?? 0)).toBe(true);
  });

  test('and of many replacing spawns at once keeps the last one and rejects the others', async () => {
    const { supervisor } = supervise({ 'a.js': READY });
    const spawns = Array.from({ length: 4 }, () => supervisor.spawn({ entry, key: 'k', replaceExisting: true }));
    const results = await Promise.allSettled(spawns);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected', 'fulfilled']);
    for (const result of results.slice(0, -1)) {
      expect(result).toMatchObject({ reason: { code: 'SPOOKY_SUPERVISOR_START_REPLACED' } });
    }
    expect(await supervisor.list({ state: 'running' })).toHaveLength(1);
    expect(await supervisor.list({ state: 'stopped' })).toHaveLength(3);
  });

  test('and frees the key of a failed spawn', async () => {
    const { supervisor } = supervise({ 'a.js': READY, 'bad.js': 'process.exit(1);' });
    await expect(supervisor.spawn({ entry: 'dist/bad.js', kind: 'x', key: 'k' })).rejects.toThrow();
    await supervisor.spawn({ entry, kind: 'x', key: 'k' });
  });
});

describe('scope', () => {
  test('of a user always targets that user', async () => {
    const { supervisor } = supervise({ 'a.js': READY }, { type: 'user', userId: 'ada' });
    expect((await supervisor.spawn({ entry })).info.userId).toBe('ada');
    const code = 'SPOOKY_SUPERVISOR_INVALID_OPTION';
    await expect(supervisor.spawn({ entry, userId: 'bob' })).rejects.toMatchObject({ code });
  });

  test('of an operator takes the user at spawn and filters by user, kind, key and state', async () => {
    const { supervisor } = supervise({ 'a.js': READY });
    const ada = await supervisor.spawn({ entry, userId: 'ada', kind: 'one', key: 'k' });
    const bob = await supervisor.spawn({ entry, userId: 'bob', kind: 'two' });
    const ids = async (filter: object) => (await supervisor.list(filter)).map(({ processId }) => processId);
    expect(await ids({})).toEqual([ada.processId, bob.processId]);
    expect(await ids({ userId: 'ada' })).toEqual([ada.processId]);
    expect(await ids({ kind: 'two' })).toEqual([bob.processId]);
    expect(await ids({ key: 'k', state: 'running' })).toEqual([ada.processId]);
    await ada.stop();
    expect(await ids({ state: 'running' })).toEqual([bob.processId]);
    expect(await supervisor.get('nobody')).toBeNull();
  });
});

describe('close', () => {
  test('stops everything once, dependencies last', async () => {
    const { supervisor, events } = supervise({ 'a.js': READY });
    await supervisor.spawn({ entry, kind: 'database' });
    await supervisor.spawn({ entry, kind: 'runner', dependsOn: { database: 'ready' } });
    await supervisor.spawn({ entry, kind: 'web', dependsOn: { runner: 'ready' } });
    const [first, second] = await Promise.all([supervisor.close(), supervisor.close()]);
    expect(second).toBe(first);
    expect(first).toMatchObject({ forced: [], remaining: [] });
    const ended = events.filter(({ state }) => state === 'stopped');
    expect(ended.map(({ kind, exitReason }) => [kind, exitReason])).toEqual([
      ['web', 'backend_unloaded'],
      ['runner', 'backend_unloaded'],
      ['database', 'backend_unloaded'],
    ]);
    const code = 'SPOOKY_SUPERVISOR_CLOSED';
    await expect(supervisor.spawn({ entry })).rejects.toMatchObject({ code });
  });

  test('ends within its timeout and reports the slow processes', async () => {
    const { supervisor } = supervise({
      'a.js': READY,
      'stuck.js': 'export default (p) => { p.ready(); p.onStop(() => { for (;;); }); };',
    });
    const { info } = await supervisor.spawn({ entry });
    await supervisor.spawn({ entry: 'dist/stuck.js', kind: 'stuck', stopTimeoutMs: 60_000 });
    const report = await supervisor.close({ timeoutMs: 200 });
    expect(report.forced.map(({ kind }) => kind)).toContain('stuck');
    expect(report.remaining).toEqual([]);
    expect(report.elapsedMs).toBeLessThan(10_000);
    expect(isAlive(info.pid ?? 0)).toBe(false);
  });

  test('shortens its timeout when it is called again with less time', async () => {
    const { supervisor } = supervise({
      'stuck.js': 'export default (p) => { p.ready(); p.onStop(() => { for (;;); }); };',
    });
    await supervisor.spawn({ entry: 'dist/stuck.js', stopTimeoutMs: 60_000 });
    const slow = supervisor.close({ timeoutMs: 60_000 });
    const report = await supervisor.close({ timeoutMs: 0 });
    expect(await slow).toBe(report);
    expect(report.forced).toHaveLength(1);
  });

  test('stops a process that is starting and one that waits for its key', async () => {
    const { supervisor } = supervise({ 'a.js': 'export default () => {};' });
    const spawns = [1, 2].map(() => supervisor.spawn({ entry, key: 'k', replaceExisting: true }));
    const results = Promise.allSettled(spawns);
    await supervisor.close();
    for (const { status } of await results) expect(status).toBe('rejected');
    expect(await supervisor.list({ state: 'starting' })).toEqual([]);
  });

  test('resolves immediately if nothing was spawned', async () => {
    expect(await supervise().supervisor.close()).toMatchObject({ forced: [], remaining: [] });
  });
});
