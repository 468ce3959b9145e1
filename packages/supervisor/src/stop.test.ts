import { describe, expect, test, vi } from 'vitest';
import { isAlive } from './testing/process-table.ts';
import { supervise, untilGone, WAIT } from './testing/supervise.ts';

const READY = 'export default (p) => { p.ready(); };';

test('asks the child, which cleans up and completes', async () => {
  const { supervisor, output, events, states } = supervise({
    'a.js': "export default (p) => { p.ready(); p.onStop((why) => { console.log('bye', why); p.complete(); }); };",
  });
  const handle = await supervisor.spawn({ entry: 'dist/a.js' });
  await handle.stop({ reason: 'chat_changed' });
  expect(states()).toEqual(['starting', 'running', 'stopping', 'stopped']);
  expect(output.map(({ line }) => line)).toEqual(['bye chat_changed']);
  expect(events.at(-1)).toMatchObject({ exitReason: 'stopped', stopReason: 'chat_changed' });
  expect(events.at(-1)?.exit).toMatchObject({ exitCode: 0, signal: null, forced: false });
  await handle.stop();
  await supervisor.stop(handle.processId);
});

describe('ends in time when the child', () => {
  test.each([
    ['has no onStop', READY, false],
    [
      'only ends its work',
      'export default (p) => { p.ready(); const t = setInterval(() => {}, 9); p.onStop(() => clearInterval(t)); };',
      false,
    ],
    [
      'returns a promise',
      'export default (p) => { p.ready(); p.onStop(async () => { await new Promise((r) => setTimeout(r, 20)); }); };',
      false,
    ],
    [
      'fails while it cleans up',
      "export default (p) => { p.ready(); p.onStop(() => { throw new Error('oh'); }); };",
      false,
    ],
    [
      'never answers',
      'export default (p) => { p.ready(); p.onStop(() => new Promise(() => setInterval(() => {}, 99))); };',
      true,
    ],
    ['blocks in onStop', 'export default (p) => { p.ready(); p.onStop(() => { for (;;); }); };', true],
    [
      'traps SIGTERM and blocks',
      "process.on('SIGTERM', () => {}); export default (p) => { p.ready(); setImmediate(() => { for (;;); }); };",
      true,
    ],
  ])('%s', async (_name, source, forced) => {
    const { supervisor, events } = supervise({ 'a.js': source });
    const handle = await supervisor.spawn({ entry: 'dist/a.js', stopTimeoutMs: forced ? 200 : 10_000 });
    await handle.stop();
    expect(events.at(-1)).toMatchObject({ state: 'stopped', exitReason: 'stopped', exit: { forced } });
    expect(isAlive(handle.info.pid ?? 0)).toBe(false);
  });
});

test('turns the watchdog off while the child is stopping', async () => {
  const { supervisor, events } = supervise({
    'a.js': 'export default (p) => { p.ready(); p.onStop(() => setTimeout(p.complete, 400)); };',
  });
  const handle = await supervisor.spawn({ entry: 'dist/a.js', heartbeatTimeoutMs: 150 });
  await handle.stop();
  expect(events.at(-1)).toMatchObject({ state: 'stopped', exit: { forced: false } });
});

test('rejects the spawn of a process that is stopped while starting', async () => {
  const { supervisor, events } = supervise({ 'a.js': 'export default () => {};' });
  supervisor.onLifecycle((event) => event.state === 'starting' && void supervisor.stop(event.processId));
  const code = 'SPOOKY_SUPERVISOR_START_STOPPED';
  await expect(supervisor.spawn({ entry: 'dist/a.js' })).rejects.toMatchObject({ code });
  expect(events.at(-1)).toMatchObject({ state: 'stopped', exitReason: 'stopped' });
});

test('ends the children of the child too', async () => {
  const { supervisor, messages } = supervise({
    'a.js': `import { spawn } from 'node:child_process';
      export default (p) => {
        const silent = spawn('sleep', ['1000'], { stdio: 'ignore' });
        const loud = spawn('sleep', ['1000'], { stdio: 'inherit' });
        p.send([silent.pid, loud.pid]);
        p.ready();
      };`,
  });
  const handle = await supervisor.spawn({ entry: 'dist/a.js' });
  await vi.waitFor(() => expect(messages).toHaveLength(1), WAIT);
  await handle.stop();
  await untilGone(...(messages[0] as number[]));
});

test('refuses to stop an unknown process, or one of another user', async () => {
  const { supervisor } = supervise({ 'a.js': READY });
  const code = 'SPOOKY_SUPERVISOR_UNKNOWN_PROCESS';
  await expect(supervisor.stop('nobody')).rejects.toMatchObject({ code });
  const { processId } = await supervisor.spawn({ entry: 'dist/a.js', userId: 'ada' });
  await expect(supervisor.stop(processId, { userId: 'bob' })).rejects.toMatchObject({ code });
  expect(() => supervisor.send(processId, 1, 'bob')).toThrow(expect.objectContaining({ code }));
  expect(await supervisor.get(processId, 'bob')).toBeNull();
  await supervisor.stop(processId, { userId: 'ada' });
});
