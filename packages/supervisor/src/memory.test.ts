import { describe, expect, test, vi } from 'vitest';
import { isAlive } from './testing/process-table.ts';
import { supervise, untilGone, WAIT } from './testing/supervise.ts';

const operator = { type: 'operator' } as const;
const entry = 'dist/a.js';
const quick = { measureMs: 50 };
/** Allocates 200 MB and keeps it, in pages that are really resident. */
const HOG = 'const hog = []; for (let n = 0; n < 20; n++) hog.push(Buffer.alloc(10_000_000, n + 1));';

describe.skipIf(process.platform === 'win32')('a process that exceeds its memory limit', () => {
  const over = {
    ...{ state: 'failed', exitReason: 'failed', errorCode: 'SPOOKY_SUPERVISOR_MEMORY_LIMIT' },
    ...{
      error: expect.stringMatching(/used \d+ MiB .* memoryLimitMb of 150/),
      exit: { signal: 'SIGKILL', forced: true },
    },
  };

  test('is killed, even while it blocks its event loop', async () => {
    const { supervisor, ended } = supervise(
      { 'a.js': `export default (p) => { p.ready(); setImmediate(() => { ${HOG} for (;;) hog.at(-1); }); };` },
      operator,
      quick,
    );
    const { processId } = await supervisor.spawn({ entry, memoryLimitMb: 150, heartbeatTimeoutMs: 0 });
    expect(await ended(processId)).toMatchObject(over);
  });

  test('is killed together with the children that used the memory', async () => {
    const child = JSON.stringify(`${HOG} setInterval(() => hog.length, 1000);`);
    const { supervisor, ended, messages } = supervise(
      {
        'a.js': `import { spawn } from 'node:child_process';
          export default (p) => { p.send(spawn(process.execPath, ['-e', ${child}]).pid); p.ready(); };`,
      },
      operator,
      quick,
    );
    const { processId } = await supervisor.spawn({ entry, memoryLimitMb: 150, heartbeatTimeoutMs: 0 });
    expect(await ended(processId)).toMatchObject(over);
    await untilGone(Number(messages[0]));
  });

  test('fails its spawn if that happens before it is ready', async () => {
    const { supervisor } = supervise({ 'a.js': `${HOG} export default () => hog;` }, operator, quick);
    const code = 'SPOOKY_SUPERVISOR_MEMORY_LIMIT';
    await expect(supervisor.spawn({ entry, memoryLimitMb: 150 })).rejects.toMatchObject({ code });
  });

  test('is restarted under its policy, as an entry and as a command', async () => {
    const { supervisor, events } = supervise({}, operator, quick);
    const restart = { when: 'on-failure', maxRestarts: 1, backoff: { initialMs: 1, maxMs: 1 } } as const;
    const args = ['-e', `${HOG} setInterval(() => hog.length, 1000);`];
    const command = { kind: 'c', command: process.execPath, args, memoryLimitMb: 150, restart };
    await supervisor.spawnCommand(command);
    await vi.waitFor(() => expect(events.at(-1)).toMatchObject({ ...over, restarts: 1, gaveUp: true }), WAIT);
  });

  test('is the only one that is killed', async () => {
    const { supervisor, ended, events } = supervise(
      {
        'a.js': 'export default (p) => { p.ready(); p.onMessage(() => { globalThis.hog = Buffer.alloc(4e8, 1); }); };',
      },
      operator,
      quick,
    );
    const small = await supervisor.spawn({ entry, memoryLimitMb: 300, heartbeatTimeoutMs: 0 });
    const large = await supervisor.spawn({ entry, memoryLimitMb: 300, heartbeatTimeoutMs: 0 });
    large.send('eat');
    await ended(large.processId); // both were measured equally often
    expect(events.filter(({ processId }) => processId === small.processId).at(-1)?.state).toBe('running');
    expect(isAlive(small.info.pid ?? 0)).toBe(true);
  });
});

test('refuses a wrong memory limit', async () => {
  const { supervisor } = supervise();
  const spawning = supervisor.spawnCommand({ kind: 'c', command: 'true', memoryLimitMb: -1 });
  await expect(spawning).rejects.toMatchObject({ code: 'SPOOKY_SUPERVISOR_INVALID_OPTION' });
});
