import { createServer } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import { createSupervisor } from './supervisor.ts';
import type { CloseWait } from './terminate/closing.ts';
import { isAlive } from './testing/process-table.ts';
import { supervise, temporaryRoot, WAIT } from './testing/supervise.ts';

const FILES = {
  'a.js': 'export default (p) => { p.ready(); setInterval(p.heartbeat, 1000); };',
  'later.js': "export default (p) => { p.onMessage(() => p.ready()); p.send('up'); };",
  'never.js': 'export default () => {};',
  'broken.js': "throw new Error('broken on purpose');",
};
const entry = 'dist/a.js';
const later = 'dist/later.js';
const backoff = { initialMs: 10, maxMs: 10 };

describe('starts a process', () => {
  test("when its dependency is ready, and until then is 'starting' and names what it waits for", async () => {
    const { supervisor, events, messages } = supervise(FILES);
    const database = supervisor.spawn({ entry: later, kind: 'database' });
    const runner = supervisor.spawn({ entry, kind: 'runner', dependsOn: { database: 'ready' } });
    await vi.waitFor(() => expect(messages).toEqual(['up']), WAIT);
    const [waiting] = await supervisor.list({ kind: 'runner' });
    expect(waiting).toMatchObject({ state: 'starting', waitingFor: ['database'] });
    expect(waiting?.pid).toBeUndefined();
    expect(() => supervisor.send(waiting?.processId ?? '', 1)).toThrow(
      expect.objectContaining({ code: 'SPOOKY_SUPERVISOR_NOT_STARTED' }),
    );
    const [{ processId = '' } = {}] = await supervisor.list({ kind: 'database' });
    supervisor.send(processId, 'go');
    await Promise.all([database, runner]);
    const order = events.map(({ kind, state }) => `${kind} ${state}`);
    expect(order).toEqual(['database starting', 'runner starting', 'database running', 'runner running']);
    expect(await supervisor.get(waiting?.processId ?? '')).not.toHaveProperty('waitingFor');
  });

  test("as soon as its dependency has 'started', if that is the condition", async () => {
    const { supervisor } = supervise(FILES);
    const slow = supervisor.spawn({ entry: 'dist/never.js', kind: 'slow' }).catch(() => 'ended');
    await supervisor.spawnCommand({ kind: 'next', command: 'sleep', args: ['9'], dependsOn: { slow: 'started' } });
    expect(await supervisor.list({ kind: 'slow' })).toMatchObject([{ state: 'starting' }]);
    await supervisor.close({ timeoutMs: 0 });
    expect(await slow).toBe('ended');
  });

  test('after every process of the kind that belongs to the same user or to none', async () => {
    const { supervisor, messages } = supervise(FILES);
    const store = { entry: later, kind: 'store', startupTimeoutMs: 0 };
    const shared = supervisor.spawn(store);
    const own = supervisor.spawn({ ...store, userId: 'ada' });
    const foreign = supervisor.spawn({ ...store, userId: 'bob' });
    const request = { entry, kind: 'work', dependsOn: { store: 'ready' } } as const;
    const works = [supervisor.spawn({ ...request, userId: 'ada' }), supervisor.spawn(request)];
    await vi.waitFor(() => expect(messages).toHaveLength(3), WAIT);
    const stores = await supervisor.list({ kind: 'store' });
    const open = (userId?: string) =>
      supervisor.send(stores.find((store) => store.userId === userId)?.processId ?? '', 'go');
    open();
    await shared;
    await works[1];
    expect(await supervisor.list({ kind: 'work', userId: 'ada' })).toMatchObject([{ waitingFor: ['store'] }]);
    open('ada');
    await Promise.all([own, works[0]]);
    const code = 'SPOOKY_SUPERVISOR_UNKNOWN_DEPENDENCY';
    await supervisor.spawn({ entry, kind: 'mine', userId: 'ada' });
    await expect(
      supervisor.spawn({ entry, kind: 'x', userId: 'eve', dependsOn: { mine: 'ready' } }),
    ).rejects.toMatchObject({ code });
    open('bob');
    await foreign;
  });

  test('with a startup timeout that begins at its own start', async () => {
    const { supervisor, events } = supervise({
      ...FILES,
      'slow.js': 'export default (p) => { setTimeout(p.ready, 600); };',
    });
    const slow = supervisor.spawn({ entry: 'dist/slow.js', kind: 'slow' });
    const quick = { kind: 'quick', command: 'sleep', args: ['9'], startupTimeoutMs: 300 } as const;
    await supervisor.spawnCommand({ ...quick, dependsOn: { slow: 'ready' } });
    await slow;
    const late = supervisor.spawn({ entry: 'dist/never.js', startupTimeoutMs: 200, dependsOn: { slow: 'ready' } });
    await expect(late).rejects.toMatchObject({ code: 'SPOOKY_SUPERVISOR_START_TIMED_OUT' });
    expect(events.at(-1)).toMatchObject({ state: 'timed_out' });
  });

  test('never after a stop while it waits', async () => {
    const { supervisor, events } = supervise(FILES);
    const never = supervisor.spawn({ entry: 'dist/never.js', kind: 'never' }).catch(() => {});
    const spawning = supervisor.spawn({ entry, kind: 'waits', dependsOn: { never: 'ready' } });
    const settled = expect(spawning).rejects.toMatchObject({ code: 'SPOOKY_SUPERVISOR_START_STOPPED' });
    const waiting = await vi.waitFor(async () => {
      const [found] = await supervisor.list({ kind: 'waits' });
      return found ?? expect.fail('not there yet');
    });
    await supervisor.stop(waiting.processId);
    await settled;
    expect(events.filter(({ kind }) => kind === 'waits').map(({ state }) => state)).toEqual([
      ...['starting', 'stopping', 'stopped'],
    ]);
    expect(events.at(-1)?.pid).toBeUndefined();
    await supervisor.close({ timeoutMs: 0 });
    await never;
  });
});

describe('a dependency that', () => {
  test('no process has is an error before anything starts', async () => {
    const { supervisor, events } = supervise(FILES);
    const code = 'SPOOKY_SUPERVISOR_UNKNOWN_DEPENDENCY';
    const dependsOn = { database: 'ready' } as const;
    await expect(supervisor.spawn({ entry, dependsOn })).rejects.toMatchObject({ code });
    await expect(supervisor.spawnAll([{ entry }, { entry, kind: 'b', dependsOn }])).rejects.toMatchObject({ code });
    expect(events).toEqual([]);
  });

  test('closes a cycle is an error, even through living processes', async () => {
    const { supervisor, events } = supervise(FILES);
    const code = 'SPOOKY_SUPERVISOR_DEPENDENCY_CYCLE';
    await expect(supervisor.spawn({ entry, kind: 'a', dependsOn: { a: 'ready' } })).rejects.toMatchObject({ code });
    await expect(
      supervisor.spawnAll([
        { entry, kind: 'a', dependsOn: { b: 'ready' } },
        { entry, kind: 'b', dependsOn: { c: 'started' } },
        { kind: 'c', command: 'true', dependsOn: { a: 'ready' } },
      ]),
    ).rejects.toMatchObject({ code, message: expect.stringContaining('a → b → c → a') });
    expect(events).toEqual([]);
    await supervisor.spawn({ entry, kind: 'a', key: 'k' });
    await supervisor.spawn({ entry, kind: 'b', dependsOn: { a: 'ready' } });
    const back = { entry, kind: 'a', key: 'k', replaceExisting: true, dependsOn: { b: 'ready' } } as const;
    await expect(supervisor.spawn(back)).rejects.toMatchObject({ code });
  });

  test('does not become ready fails the processes that wait for it', async () => {
    const { supervisor, events } = supervise(FILES);
    const broken = supervisor.spawn({ entry: 'dist/broken.js', kind: 'broken' });
    const code = 'SPOOKY_SUPERVISOR_DEPENDENCY_FAILED';
    const waits = supervisor.spawn({ entry, kind: 'waits', dependsOn: { broken: 'ready' } });
    await Promise.all([
      expect(broken).rejects.toMatchObject({ code: 'SPOOKY_SUPERVISOR_ENTRY_LOAD' }),
      expect(waits).rejects.toMatchObject({ code, message: expect.stringContaining('broken') }),
    ]);
    expect(events.at(-1)).toMatchObject({ kind: 'waits', state: 'failed', errorCode: code });
  });

  test('is replaced makes its dependents wait for the new process', async () => {
    const { supervisor, messages, events } = supervise(FILES);
    const database = { entry: later, kind: 'database', key: 'd', replaceExisting: true } as const;
    const first = supervisor.spawn(database).catch((error: { code: string }) => error.code);
    await vi.waitFor(() => expect(messages).toHaveLength(1), WAIT);
    const runner = supervisor.spawn({ entry, kind: 'runner', dependsOn: { database: 'ready' } });
    const second = supervisor.spawn(database);
    expect(await first).toBe('SPOOKY_SUPERVISOR_START_REPLACED');
    await vi.waitFor(() => expect(messages).toHaveLength(2), WAIT);
    const [{ processId = '' } = {}] = await supervisor.list({ kind: 'database', state: 'starting' });
    supervisor.send(processId, 'go');
    await Promise.all([second, runner]);
    expect(events.at(-1)).toMatchObject({ kind: 'runner', state: 'running' });
  });
});

describe('a restart', () => {
  test('waits until the dependency is ready again', async () => {
    const { supervisor, events, messages } = supervise(FILES);
    const restart = { when: 'on-failure', backoff } as const;
    const database = supervisor.spawn({ entry: later, kind: 'database', restart });
    await vi.waitFor(() => expect(messages).toHaveLength(1), WAIT);
    const [{ processId = '', pid = 0 } = {}] = await supervisor.list({ kind: 'database' });
    supervisor.send(processId, 'go');
    await database;
    const runner = await supervisor.spawn({ entry, kind: 'runner', restart, dependsOn: { database: 'ready' } });
    process.kill(pid, 'SIGKILL');
    await vi.waitFor(() => expect(messages).toHaveLength(2), WAIT);
    process.kill(runner.info.pid ?? 0, 'SIGKILL');
    await vi.waitFor(async () => {
      expect(await runner.refresh()).toMatchObject({ state: 'starting', waitingFor: ['database'], restarts: 1 });
    }, WAIT);
    const again = await supervisor.list({ kind: 'database', state: 'starting' });
    supervisor.send(again[0]?.processId ?? '', 'go');
    await vi.waitFor(() => expect(events.at(-1)).toMatchObject({ kind: 'runner', state: 'running' }), WAIT);
  });

  test('without its dependency uses up the policy and gives up', async () => {
    const { supervisor, events } = supervise(FILES);
    const database = await supervisor.spawn({ entry, kind: 'database' });
    const restart = { when: 'on-failure', maxRestarts: 2, backoff } as const;
    const runner = await supervisor.spawn({ entry, kind: 'runner', restart, dependsOn: { database: 'ready' } });
    await database.stop();
    expect(await runner.refresh()).toMatchObject({ state: 'running' });
    process.kill(runner.info.pid ?? 0, 'SIGKILL');
    await vi.waitFor(() => expect(events.at(-1)).toMatchObject({ gaveUp: true }), WAIT);
    expect(events.at(-1)).toMatchObject({ kind: 'runner', errorCode: 'SPOOKY_SUPERVISOR_DEPENDENCY_FAILED' });
  });
});

describe('spawnAll', () => {
  test('starts independent processes at the same time, in any order of the list', async () => {
    const { supervisor, events, messages } = supervise(FILES);
    const spawning = supervisor.spawnAll([
      { entry, kind: 'web', dependsOn: { left: 'ready', right: 'ready' } },
      { entry: later, kind: 'left' },
      { entry: later, kind: 'right' },
    ]);
    await vi.waitFor(() => expect(messages).toEqual(['up', 'up']), WAIT);
    for (const { processId, kind } of await supervisor.list()) if (kind !== 'web') supervisor.send(processId, 'go');
    expect((await spawning).map(({ kind }) => kind)).toEqual(['web', 'left', 'right']);
    expect(events.at(-1)).toMatchObject({ kind: 'web', state: 'running' });
  });

  test('stops all processes when one does not start, and names it', async () => {
    const { supervisor, events } = supervise(FILES);
    const before = await supervisor.spawn({ entry, kind: 'before' });
    const all = supervisor.spawnAll([
      { entry, kind: 'good' },
      { entry, kind: 'on top', dependsOn: { good: 'ready' } },
      { entry: 'dist/broken.js', kind: 'bad', dependsOn: { 'on top': 'ready' } },
      { entry, kind: 'waits', dependsOn: { bad: 'ready' } },
    ]);
    await expect(all).rejects.toMatchObject({
      ...{ code: 'SPOOKY_SUPERVISOR_ENTRY_LOAD', message: expect.stringContaining('broken on purpose') },
    });
    expect((await supervisor.list({ state: 'running' })).map(({ kind }) => kind)).toEqual(['before']);
    const stopped = events.filter(({ state }) => state === 'stopped').map(({ kind }) => kind);
    expect(stopped).toEqual(['on top', 'good']);
    expect(await before.refresh()).toMatchObject({ state: 'running' });
  });

  test('starts no further process after one was refused', async () => {
    const { supervisor, events } = supervise(FILES);
    const server = createServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
    const ready = { type: 'port', port } as const;
    const all = supervisor.spawnAll([
      { entry, kind: 'one' },
      { kind: 'web', command: 'sleep', args: ['9'], ready },
    ]);
    await expect(all).rejects.toMatchObject({ code: 'SPOOKY_SUPERVISOR_PORT_TAKEN' });
    expect(await supervisor.list({ state: 'running' })).toEqual([]);
    expect(events.some(({ kind }) => kind === 'web')).toBe(false);
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('close', () => {
  const SLOW_END = `export default (p) => {
    p.ready();
    setInterval(p.heartbeat, 1000);
    p.onStop(() => setTimeout(p.complete, 100));
  };`;

  test('stops each process before its dependencies, independent ones together', async () => {
    const { supervisor, events } = supervise({ 'a.js': SLOW_END });
    await supervisor.spawnAll([
      { entry, kind: 'database' },
      { entry, kind: 'runner', dependsOn: { database: 'ready' } },
      { entry, kind: 'api', dependsOn: { database: 'started' } },
      { entry, kind: 'web', dependsOn: { api: 'ready' } },
    ]);
    events.length = 0;
    const report = await supervisor.close();
    const when = (kind: string, state: string) =>
      events.findIndex((event) => event.kind === kind && event.state === state);
    expect(when('database', 'stopping')).toBeGreaterThan(when('runner', 'stopped'));
    expect(when('database', 'stopping')).toBeGreaterThan(when('api', 'stopped'));
    expect(when('api', 'stopping')).toBeGreaterThan(when('web', 'stopped'));
    expect(when('runner', 'stopping')).toBeLessThan(when('web', 'stopped'));
    expect(report.stops.map(({ process }) => process.kind).toSorted()).toEqual(['api', 'database', 'runner', 'web']);
    for (const { elapsedMs } of report.stops) expect(elapsedMs).toBeGreaterThanOrEqual(90);
  });

  test('reports which processes delay it, during and after the wait', async () => {
    const root = temporaryRoot({
      ...FILES,
      'stuck.js': 'export default (p) => { p.ready(); p.onStop(() => { for (;;); }); };',
    });
    const supervisor = createSupervisor({ root, scope: { type: 'operator' } });
    const [stuck, database] = await supervisor.spawnAll([
      { entry: 'dist/stuck.js', kind: 'stuck', stopTimeoutMs: 60_000, dependsOn: { database: 'ready' } },
      { entry, kind: 'database' },
      { entry, kind: 'other' },
    ]);
    const waits: CloseWait[] = [];
    const report = await supervisor.close({
      timeoutMs: 60_000,
      onWait(wait) {
        if (wait.processes.length > 1) return; // the end of `other` is not known yet
        waits.push(wait);
        void supervisor.close({ timeoutMs: 0 });
      },
    });
    expect(waits[0]?.processes.map(({ kind, state }) => [kind, state])).toEqual([['stuck', 'stopping']]);
    expect(report.stops[0]?.process.kind).toBe('stuck');
    expect(report.forced.map(({ kind }) => kind)).toContain('stuck');
    expect(report.remaining).toEqual([]);
    expect([stuck, database].some((handle) => isAlive(handle?.info.pid ?? 0))).toBe(false);
  });

  test('ends processes that still wait for their dependencies', async () => {
    const { supervisor, messages } = supervise(FILES);
    const spawns = supervisor.spawnAll([
      { entry: later, kind: 'never' },
      { entry, kind: 'waits', dependsOn: { never: 'ready' } },
    ]);
    const settled = expect(spawns).rejects.toMatchObject({ code: 'SPOOKY_SUPERVISOR_START_STOPPED' });
    await vi.waitFor(() => expect(messages).toEqual(['up']), WAIT);
    expect(await supervisor.list({ state: 'starting' })).toHaveLength(2);
    const report = await supervisor.close();
    await settled;
    expect(report.forced).toEqual([]);
    expect((await supervisor.list()).map(({ state }) => state)).toEqual(['stopped', 'stopped']);
  });
});

test.each([{ database: 'healthy' }, [], 'database'])('refuses dependsOn: %j', async (dependsOn) => {
  const { supervisor } = supervise(FILES);
  const spawning = supervisor.spawn({ entry, dependsOn: dependsOn as never });
  await expect(spawning).rejects.toMatchObject({ code: 'SPOOKY_SUPERVISOR_INVALID_OPTION' });
});
