import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { createSupervisor } from './supervisor.ts';
import { supervise, WAIT } from './testing/supervise.ts';

const READY = 'export default (p) => { p.ready(); };';
const entry = 'dist/a.js';
const operator = { type: 'operator' } as const;

describe('the limit of processes', () => {
  const code = 'SPOOKY_SUPERVISOR_TOO_MANY_PROCESSES';

  test('refuses one more, and frees a slot when a process is gone', async () => {
    const { supervisor } = supervise({ 'a.js': READY }, operator, { processes: 2 });
    const spawns = await Promise.allSettled([1, 2, 3].map(() => supervisor.spawn({ entry })));
    expect(spawns.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect(spawns[2]).toMatchObject({ reason: { code } });
    const [first] = spawns;
    if (first?.status === 'fulfilled') await first.value.stop();
    await supervisor.spawn({ entry });
    await expect(supervisor.spawnCommand({ kind: 'c', command: 'true' })).rejects.toMatchObject({ code });
  });

  test('keeps the slot of a replaced process for its replacement', async () => {
    const slow = 'export default (p) => { p.ready(); p.onStop(() => setTimeout(p.complete, 50)); };';
    const { supervisor, events } = supervise({ 'a.js': slow }, operator, { processes: 1 });
    await supervisor.spawn({ entry, key: 'k' });
    let intruder: Promise<unknown> | undefined;
    supervisor.onLifecycle(({ state }) => {
      if (state === 'stopped') intruder ??= supervisor.spawn({ entry }).catch((error: unknown) => error);
    });
    await supervisor.spawn({ entry, key: 'k', replaceExisting: true });
    expect(await intruder).toMatchObject({ code });
    expect(events.filter(({ state }) => state === 'running')).toHaveLength(2);
  });

  test('counts a process that waits for its restart', async () => {
    const { supervisor, events } = supervise({ 'a.js': READY }, operator, { processes: 1 });
    const backoff = { initialMs: 60_000, maxMs: 60_000 };
    const { info } = await supervisor.spawn({ entry, restart: { when: 'on-failure', backoff } });
    process.kill(info.pid ?? 0, 'SIGKILL');
    await vi.waitFor(() => expect(events.at(-1)?.restartInMs).toBeGreaterThan(1000), WAIT);
    await expect(supervisor.spawn({ entry })).rejects.toMatchObject({ code });
  });
});

test('bounds the size of a message on both sides', async () => {
  const { supervisor, messages } = supervise(
    {
      'a.js':
        "export default (p) => { p.ready(); try { p.send('x'.repeat(2000)); } catch (e) { p.send(e.message); } };",
    },
    operator,
    { messageBytes: 1000 },
  );
  const code = 'SPOOKY_SUPERVISOR_MESSAGE_TOO_LARGE';
  await expect(supervisor.spawn({ entry, payload: 'x'.repeat(2000) })).rejects.toMatchObject({ code });
  await expect(supervisor.spawn({ entry, metadata: { x: 'x'.repeat(2000) } })).rejects.toMatchObject({ code });
  const handle = await supervisor.spawn({ entry });
  expect(() => handle.send('x'.repeat(2000))).toThrow(expect.objectContaining({ code }));
  await vi.waitFor(() => expect(messages).toEqual([expect.stringContaining('more than 1000')]), WAIT);
});

test('bounds the length of every queue', async () => {
  const source = `export default (p) => {
    try { for (let n = 0; n < 9; n++) p.send(n); } catch (e) { p.payload === 'deaf' ? p.ready() : p.fail(e); }
  };`;
  const { supervisor, messages, root } = supervise({ 'a.js': source }, operator, { queuedMessages: 3 });
  await expect(supervisor.spawn({ entry })).rejects.toThrow('3 messages wait for the host');
  messages.length = 0;
  const handle = await supervisor.spawn({ entry, payload: 'deaf' });
  expect(messages).toEqual([0, 1, 2]);
  for (let n = 0; n < 3; n++) handle.send(n);
  const code = 'SPOOKY_SUPERVISOR_QUEUE_FULL';
  expect(() => handle.send('one more')).toThrow(expect.objectContaining({ code }));

  const silent = createSupervisor({ root, scope: operator, limits: { queuedMessages: 2 } });
  await silent.spawn({ entry, payload: 'deaf' });
  const late: unknown[] = [];
  silent.onMessage(({ payload }) => void late.push(payload));
  await silent.close();
  expect(late).toEqual([0, 1]);
});

test('remembers as many ended processes as the history allows, with their exits', async () => {
  const { supervisor } = supervise({ 'a.js': READY }, operator, { history: 2 });
  const ids: string[] = [];
  for (let n = 0; n < 3; n++) {
    const handle = await supervisor.spawn({ entry });
    ids.push(handle.processId);
    await handle.stop({ reason: `stop ${n}` });
  }
  expect((await supervisor.list()).map(({ processId }) => processId)).toEqual(ids.slice(1));
  expect(await supervisor.get(ids[2] ?? '')).toMatchObject({ stopReason: 'stop 2', exit: { exitCode: 0 } });
  expect(await supervisor.get(ids[0] ?? '')).toBeNull();
  await expect(supervisor.stop(ids[0] ?? '')).rejects.toMatchObject({ code: 'SPOOKY_SUPERVISOR_UNKNOWN_PROCESS' });
});

test('reports a process that exhausted its heap', async () => {
  const { supervisor, ended } = supervise({
    'a.js': 'export default (p) => { p.ready(); const all = []; setTimeout(() => { for (;;) all.push({}); }); };',
  });
  const { processId } = await supervisor.spawn({ entry, heapLimitMb: 20, heartbeatTimeoutMs: 0 });
  expect(await ended(processId)).toMatchObject({
    ...{ state: 'failed', exitReason: 'failed', error: expect.stringContaining('heapLimitMb') },
    exit: { forced: false },
  });
});

describe("runs an entry under Node's permission model", () => {
  const SOURCE = `import { readFileSync, writeFileSync } from 'node:fs';
    import { spawnSync } from 'node:child_process';
    import { Worker } from 'node:worker_threads';
    import { own } from './own.js';
    export default (p) => {
      const tried = { own };
      const attempts = {
        read: () => readFileSync(p.payload + '/secret'),
        write: () => writeFileSync(p.payload + '/out/made', ''),
        spawn: () => { const { error } = spawnSync(process.execPath, ['-v']); if (error) throw error; },
        worker: () => new Worker('0', { eval: true }).unref(),
      };
      for (const [name, attempt] of Object.entries(attempts)) {
        try { attempt(); tried[name] = 'done'; } catch (error) { tried[name] = error.code; }
      }
      p.ready();
      p.onStop(() => p.complete());
      p.send(tried);
    };`;

  test.each([
    ['that may do nothing', {}, { read: 'ERR_ACCESS_DENIED', write: 'ERR_ACCESS_DENIED' }],
    ['that may read a file', { read: ['secret'] }, { read: 'done', write: 'ERR_ACCESS_DENIED' }],
    ['that may write a folder', { write: ['out'] }, { read: 'ERR_ACCESS_DENIED', write: 'done' }],
    ['that may start processes', { childProcesses: true }, { spawn: 'done', worker: 'ERR_ACCESS_DENIED' }],
    ['that may start workers', { workers: true }, { spawn: 'ERR_ACCESS_DENIED', worker: 'done' }],
  ])('%s', async (_name, permissions, expected) => {
    const { supervisor, messages, root, events } = supervise({
      'a.js': SOURCE,
      'own.js': "export const own = 'done';",
    });
    writeFileSync(join(root, 'secret'), '');
    mkdirSync(join(root, 'out'));
    const handle = await supervisor.spawn({ entry, payload: root, permissions });
    await vi.waitFor(() => expect(messages).toHaveLength(1), WAIT);
    const denied = { spawn: 'ERR_ACCESS_DENIED', worker: 'ERR_ACCESS_DENIED' };
    const all = { read: 'ERR_ACCESS_DENIED', write: 'ERR_ACCESS_DENIED', ...denied, own: 'done', ...expected };
    expect(messages[0]).toEqual(all);
    await handle.stop();
    expect(events.at(-1)).toMatchObject({ state: 'stopped', exit: { exitCode: 0, forced: false } });
  });

  test('that is stuck, and still kills it', async () => {
    const { supervisor, ended } = supervise({ 'a.js': 'export default (p) => { p.ready(); for (;;); };' });
    const { processId } = await supervisor.spawn({ entry, permissions: {}, heartbeatTimeoutMs: 200 });
    expect(await ended(processId)).toMatchObject({ state: 'timed_out', exit: { signal: 'SIGKILL' } });
  });
});

test.each([
  [{ processes: 0 }, 'limits.processes'],
  [{ processes: Number.NaN }, 'limits.processes'],
  [{ messageBytes: 2 ** 40 }, 'limits.messageBytes'],
  [{ queuedMessages: 1.5 }, 'limits.queuedMessages'],
  [{ history: -1 }, 'limits.history'],
  [{ measureMs: -1 }, 'limits.measureMs'],
])('refuses a wrong limit: %j', (limits, name) => {
  const make = () => createSupervisor({ root: '/', scope: operator, limits });
  expect(make).toThrow(
    expect.objectContaining({ code: 'SPOOKY_SUPERVISOR_INVALID_OPTION', message: expect.stringContaining(name) }),
  );
});

test.each([
  [{ heapLimitMb: 0 }, 'heapLimitMb'],
  [{ permissions: { read: ['*'] } }, 'permissions.read'],
  [{ permissions: { write: [''] } }, 'permissions.write'],
])('refuses a wrong option: %j', async (options, name) => {
  const { supervisor, events } = supervise({ 'a.js': READY });
  await expect(supervisor.spawn({ entry, ...options })).rejects.toMatchObject({
    ...{ code: 'SPOOKY_SUPERVISOR_INVALID_OPTION', message: expect.stringContaining(name) },
  });
  expect(events).toEqual([]);
});
