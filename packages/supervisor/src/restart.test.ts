import { expect, test, vi } from 'vitest';
import { supervise, WAIT } from './testing/supervise.ts';

const backoff = { initialMs: 10, maxMs: 20 };
const restart = { when: 'on-failure', maxRestarts: 2, backoff } as const;
const READY = 'export default (p) => { p.ready(); };';

test('restarts a crashed process, which is running only when it is ready again', async () => {
  const { supervisor, events } = supervise({ 'a.js': READY });
  const handle = await supervisor.spawn({ entry: 'dist/a.js', key: 'k', restart });
  const { processId, pid = 0 } = handle.info;
  process.kill(pid, 'SIGKILL');
  await vi.waitFor(() => expect(events.at(-1)).toMatchObject({ state: 'running', restarts: 1 }), WAIT);
  const seen = events.map(({ state, restarts }) => `${restarts} ${state}`);
  expect(seen).toEqual(['0 starting', '0 running', '0 failed', '1 starting', '1 running']);
  expect(events[2]?.restartInMs).toBeGreaterThanOrEqual(5);
  expect(events[2]?.gaveUp).toBeUndefined();
  expect(handle.processId).not.toBe(processId);
  expect(handle.processId).toBe(events.at(-1)?.processId);
  expect(await handle.refresh()).toMatchObject({ state: 'running', key: 'k', restarts: 1 });
  await handle.stop();
  expect(events.at(-1)).toMatchObject({ state: 'stopped', restarts: 1 });
});

test('publishes that it gave up, and frees the key', async () => {
  const { supervisor, events } = supervise({
    'a.js': "export default (p) => { p.ready(); setImmediate(() => { throw new Error('again'); }); };",
  });
  await supervisor.spawn({ entry: 'dist/a.js', key: 'k', restart });
  await vi.waitFor(() => expect(events.at(-1)?.gaveUp).toBe(true), WAIT);
  expect(events.filter(({ state }) => state === 'failed').map(({ restarts }) => restarts)).toEqual([0, 1, 2]);
  await supervisor.spawn({ entry: 'dist/a.js', key: 'k', restart: { when: 'never' } });
});

test('retries a failed start before the spawn settles', async () => {
  const { supervisor, events, root } = supervise({
    'flaky.js': `import { existsSync, writeFileSync } from 'node:fs';
      export default (p) => {
        const mark = p.payload;
        if (existsSync(mark)) return p.ready();
        writeFileSync(mark, '');
        process.exit(1);
      };`,
    'broken.js': 'process.exit(1);',
  });
  const handle = await supervisor.spawn({ entry: 'dist/flaky.js', payload: `${root}/mark`, restart });
  expect(handle.info).toMatchObject({ state: 'running', restarts: 1 });
  const code = 'SPOOKY_SUPERVISOR_START_FAILED';
  await expect(supervisor.spawn({ entry: 'dist/broken.js', restart })).rejects.toMatchObject({ code });
  expect(events.at(-1)).toMatchObject({ gaveUp: true, restarts: 2 });
});

test.each(['stop', 'replace', 'close'] as const)('does not restart after %s, even between two runs', async (how) => {
  const { supervisor, events, states } = supervise({ 'a.js': READY });
  const slow = { when: 'always', backoff: { initialMs: 60_000, maxMs: 60_000 } } as const;
  const options = { entry: 'dist/a.js', key: 'k' };
  const { info } = await supervisor.spawn({ ...options, restart: slow });
  process.kill(info.pid ?? 0, 'SIGKILL');
  await vi.waitFor(() => expect(events.at(-1)?.restartInMs).toBeGreaterThan(1000), WAIT);
  await expect(supervisor.spawn(options)).rejects.toMatchObject({ code: 'SPOOKY_SUPERVISOR_KEY_TAKEN' });
  if (how === 'stop') await supervisor.stop(info.processId);
  if (how === 'close') await supervisor.close();
  if (how !== 'close') await supervisor.spawn({ ...options, replaceExisting: how === 'replace' });
  expect(states(info.processId)).toEqual(['starting', 'running', 'failed']);
});

test('restarts a command', async () => {
  const { supervisor, events } = supervise();
  const args = ['-e', "console.log('up'); setInterval(() => {}, 999);"];
  const ready = { type: 'log', pattern: /up/ } as const;
  const handle = await supervisor.spawnCommand({ kind: 'web', command: process.execPath, args, ready, restart });
  process.kill(handle.info.pid ?? 0, 'SIGKILL');
  await vi.waitFor(() => expect(events.at(-1)).toMatchObject({ state: 'running', restarts: 1 }), WAIT);
});

test('does not restart after a stop during a watchdog kill', async () => {
  const { supervisor, events, states } = supervise({
    'a.js': 'export default (p) => { p.ready(); setImmediate(() => { for (;;); }); };',
  });
  const stopped = new Promise<void>((resolve) => {
    supervisor.onLifecycle(({ processId, state }) => {
      if (state === 'stopping') resolve(supervisor.stop(processId));
    });
  });
  const { processId } = await supervisor.spawn({ entry: 'dist/a.js', heartbeatTimeoutMs: 100, restart });
  await stopped;
  expect(states(processId)).toEqual(['starting', 'running', 'stopping', 'timed_out']);
  expect(events.at(-1)?.restartInMs).toBeUndefined();
});
