import { describe, expect, test, vi } from 'vitest';
import { isAlive } from './testing/process-table.ts';
import { supervise, WAIT } from './testing/supervise.ts';

const READY = 'export default (p) => { p.ready(); };';

test('resolves at ready, with a handle of the running process', async () => {
  const { supervisor, states } = supervise({ 'a.js': READY });
  const handle = await supervisor.spawn({ entry: 'dist/a.js', key: 'k', metadata: { from: 'test' } });
  expect(handle).toMatchObject({ entry: 'dist/a.js', kind: 'dist/a.js', key: 'k' });
  expect(handle.info).toMatchObject({ processId: handle.processId, state: 'running', metadata: { from: 'test' } });
  expect(isAlive(handle.info.pid ?? 0)).toBe(true);
  expect(await handle.refresh()).toMatchObject({ state: 'running', restarts: 0 });
  expect(states()).toEqual(['starting', 'running']);
});

test('gives the entry its context and only an allow-listed environment', async () => {
  process.env.SPOOKY_TEST_SECRET = 'never';
  const { supervisor, messages, ended } = supervise({
    'a.js': `export function run(p) {
      const { processId, entry, kind, key, payload, metadata, userId } = p;
      p.ready();
      p.send({ processId, entry, kind, key, payload, metadata, userId, cwd: process.cwd(),
        path: process.env.PATH !== undefined, secret: process.env.SPOOKY_TEST_SECRET, extra: process.env.EXTRA });
      p.complete();
    }`,
  });
  const payload = { at: new Date(0), big: 1n, map: new Map([[1, new Uint8Array([2])]]) };
  const given = { entry: 'dist/a.js', kind: 'context', key: 'k', userId: 'u', payload, metadata: { m: 1 } };
  const { processId } = await supervisor.spawn({ ...given, env: { EXTRA: 'yes' } });
  await ended(processId);
  expect(messages).toEqual([
    { ...given, processId, cwd: expect.any(String), path: true, secret: undefined, extra: 'yes' },
  ]);
  delete process.env.SPOOKY_TEST_SECRET;
});

test('copies metadata and payload', async () => {
  const { supervisor } = supervise({ 'a.js': READY });
  const metadata = { n: 1 };
  const spawning = supervisor.spawn({ entry: 'dist/a.js', metadata });
  metadata.n = 2;
  expect((await spawning).info.metadata).toEqual({ n: 1 });
});

describe('rejects with a code, after the process has ended:', () => {
  test.each<[string, string, string, object]>([
    ['a syntax error', 'export default (', 'ENTRY_LOAD', { state: 'failed' }],
    ['a missing import', "import './none.js';", 'ENTRY_LOAD', { state: 'failed' }],
    ['no export', 'export const other = 1;', 'ENTRY_NO_EXPORT', { state: 'failed' }],
    ['a throw', "export default () => { throw new Error('oh'); };", 'START_FAILED', { error: 'oh' }],
    ['a rejection', "export default async () => { throw new Error('oh'); };", 'START_FAILED', { error: 'oh' }],
    ['a later throw', "export default () => { setTimeout(() => { throw new Error('oh'); }); };", 'START_FAILED', {}],
    ['fail(error)', "export default (p) => p.fail(new TypeError('oh'));", 'START_FAILED', { error: 'oh' }],
    ['fail()', 'export default (p) => p.fail();', 'START_FAILED', { error: 'failed without a reason' }],
    ['complete before ready', 'export default (p) => p.complete();', 'START_FAILED', { state: 'completed' }],
    ['exit 0', 'process.exit(0);', 'START_FAILED', { state: 'failed', exit: { exitCode: 0 } }],
    ['exit 3', 'process.exit(3);', 'START_FAILED', { state: 'failed', exit: { exitCode: 3, forced: false } }],
    [
      'kill -9',
      "process.kill(process.pid, 'SIGKILL');",
      'START_FAILED',
      { exit: { signal: 'SIGKILL', forced: false } },
    ],
    ['disconnect()', 'export default () => process.disconnect();', 'START_FAILED', { state: 'failed' }],
    ['never ready', 'export default () => {};', 'START_TIMED_OUT', { state: 'timed_out', exit: { forced: true } }],
    ['an endless loop', 'for (;;);', 'START_TIMED_OUT', { state: 'timed_out', exit: { signal: 'SIGKILL' } }],
    ['an endless top-level await', 'await new Promise(() => {});', 'START_TIMED_OUT', { state: 'timed_out' }],
  ])('%s', async (_name, source, code, expected) => {
    const { supervisor, events } = supervise({ 'a.js': source });
    const startupTimeoutMs = code === 'START_TIMED_OUT' ? 300 : 15_000;
    const spawning = supervisor.spawn({ entry: 'dist/a.js', startupTimeoutMs });
    await expect(spawning).rejects.toMatchObject({ code: `SPOOKY_SUPERVISOR_${code}` });
    const last = events.at(-1);
    expect(last).toMatchObject(expected);
    expect(last?.exit).toBeDefined();
    expect(isAlive(last?.pid ?? 0)).toBe(false);
    expect(events.filter(({ exit }) => exit !== undefined)).toHaveLength(1);
  });
});

test('rejects with the exit of the process and its last output', async () => {
  const { supervisor } = supervise({ 'a.js': "console.error('the disk is full'); process.exit(7);" });
  await expect(supervisor.spawn({ entry: 'dist/a.js' })).rejects.toMatchObject({
    message: expect.stringContaining('the disk is full'),
    exit: { exitCode: 7, signal: null, stderr: ['the disk is full'] },
  });
});

test.each([
  ['startupTimeoutMs', -1, 'INVALID_OPTION'],
  ['heartbeatTimeoutMs', Number.NaN, 'INVALID_OPTION'],
  ['stopTimeoutMs', 2 ** 31, 'INVALID_OPTION'],
  ['kind', '', 'INVALID_OPTION'],
  ['payload', () => {}, 'NOT_CLONEABLE'],
  ['metadata', { promise: Promise.resolve() }, 'NOT_CLONEABLE'],
  ['payload', new Uint8Array(17 * 1024 * 1024), 'MESSAGE_TOO_LARGE'],
  ['entry', 'src/a.ts', 'ENTRY_NOT_BUILT'],
])('refuses a wrong %s before anything is started', async (name, value, code) => {
  const { supervisor, events } = supervise({ 'a.js': READY });
  const spawning = supervisor.spawn({ entry: 'dist/a.js', [name]: value });
  await expect(spawning).rejects.toMatchObject({ code: `SPOOKY_SUPERVISOR_${code}` });
  expect(events).toEqual([]);
});

describe('the watchdog', () => {
  test('kills a child that blocks its event loop after it was ready', async () => {
    const { supervisor, ended, states } = supervise({
      'a.js': 'export default (p) => { p.ready(); setTimeout(() => { for (;;); }, 10); };',
    });
    const { processId } = await supervisor.spawn({ entry: 'dist/a.js', heartbeatTimeoutMs: 200 });
    expect(await ended(processId)).toMatchObject({
      ...{ state: 'timed_out', exitReason: 'timed_out' },
      ...{ error: expect.stringContaining('200 ms'), exit: { signal: 'SIGKILL', forced: true } },
    });
    expect(states()).toEqual(['starting', 'running', 'stopping', 'timed_out']);
  });

  test('kills a child that is suspended by a signal', async () => {
    const { supervisor, ended } = supervise({ 'a.js': READY });
    const { processId, info } = await supervisor.spawn({ entry: 'dist/a.js', heartbeatTimeoutMs: 200 });
    process.kill(info.pid ?? 0, 'SIGSTOP');
    expect(await ended(processId)).toMatchObject({ state: 'timed_out', exit: { signal: 'SIGKILL' } });
  });

  test('lets a child run that sends heartbeats', async () => {
    const { supervisor, messages, ended } = supervise({
      'a.js': `export default (p) => {
        p.ready();
        setInterval(p.heartbeat, 100);
        p.onMessage(() => { p.send('alive'); p.complete(); });
      }`,
    });
    const heartbeatTimeoutMs = 4000;
    const handle = await supervisor.spawn({ entry: 'dist/a.js', heartbeatTimeoutMs });
    await vi.waitFor(async () => {
      const { readyAt = 0, lastHeartbeatAt = 0 } = (await handle.refresh()) ?? {};
      expect(lastHeartbeatAt - readyAt).toBeGreaterThan(heartbeatTimeoutMs);
    }, WAIT);
    handle.send('end');
    expect(await ended(handle.processId)).toMatchObject({ state: 'completed', exitReason: 'completed' });
    expect(messages).toEqual(['alive']);
  });

  test('is off with a timeout of 0', async () => {
    const { supervisor, ended } = supervise({
      'a.js': 'export default (p) => { setTimeout(() => { p.ready(); setTimeout(() => p.complete(), 100); }, 100); };',
    });
    const off = { startupTimeoutMs: 0, heartbeatTimeoutMs: 0 };
    const { processId } = await supervisor.spawn({ entry: 'dist/a.js', ...off });
    expect(await ended(processId)).toMatchObject({ state: 'completed' });
  });
});

describe('publishes the end of a running process after', () => {
  test.each<[string, string, object]>([
    ['complete()', 'p.complete()', { state: 'completed', exitReason: 'completed', exit: { exitCode: 0 } }],
    ['fail(error)', "p.fail(new Error('oh'))", { state: 'failed', error: 'oh', exit: { exitCode: 1 } }],
    ['fail(text)', "p.fail('oh')", { state: 'failed', error: 'oh' }],
    ['a throw', "throw new Error('oh')", { state: 'failed', error: 'oh', exit: { exitCode: 1 } }],
    ['exit 0 without complete', 'process.exit(0)', { state: 'failed', exitReason: 'failed', exit: { exitCode: 0 } }],
    [
      'kill -9',
      "process.kill(process.pid, 'SIGKILL')",
      { state: 'failed', exit: { signal: 'SIGKILL', forced: false } },
    ],
  ])('%s', async (_name, statement, expected) => {
    const { supervisor, ended } = supervise({
      'a.js': `export default (p) => { p.ready(); setTimeout(() => { ${statement}; }); };`,
    });
    const { processId } = await supervisor.spawn({ entry: 'dist/a.js' });
    expect(await ended(processId)).toMatchObject(expected);
  });

  test('the cleanup that the entry returned has run', async () => {
    const { supervisor, output, ended } = supervise({
      'a.js': "export default (p) => { p.ready(); setTimeout(p.complete); return () => console.log('cleaned'); };",
    });
    const { processId } = await supervisor.spawn({ entry: 'dist/a.js' });
    await ended(processId);
    expect(output).toMatchObject([{ processId, stream: 'stdout', line: 'cleaned' }]);
  });
});
