import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isAlive } from '../testing/process-table.ts';
import { supervise, untilGone } from '../testing/supervise.ts';

const linux = process.platform === 'linux';
/** Long enough that the entry is stuck by then, even on a busy machine. */
const HEARTBEAT_MS = 1500;
const ready = (rest: string) => `${rest}\nexport default (p) => { p.ready(); setTimeout(stick, 20); };`;

/** Starts the entry, waits for its timeout and returns the last event. */
async function timedOut(source: string, heartbeatTimeoutMs = HEARTBEAT_MS) {
  const { root, supervisor, ended, output } = supervise({ 'a.js': source });
  execFileSync('mkfifo', [join(root, 'pipe')]);
  const { processId } = await supervisor.spawn({ entry: 'dist/a.js', heartbeatTimeoutMs, payload: root });
  const event = await ended(processId);
  expect(event).toMatchObject({
    state: 'timed_out',
    exitReason: 'timed_out',
    exit: { forced: true },
  });
  // A process whose system call was interrupted may end before it is killed.
  if (!source.includes('readSync(')) expect(event.exit?.signal).toBe('SIGKILL');
  expect(isAlive(event.pid ?? 0)).toBe(false);
  return { event, output };
}

describe('names where an entry was when it timed out:', () => {
  test.each<[string, string, string, RegExp]>([
    ['an endless loop', 'running', 'function stick() { for (;;); }', /^in (Timeout\.)?stick .*\(dist\/a\.js:1:\d+\)$/],
    [
      'Atomics.wait',
      'waiting',
      'function stick() { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); }',
      /^waiting in Atomics\.wait, called by (Timeout\.)?stick .*\(dist\/a\.js:1:\d+\)$/,
    ],
    [
      'a regular expression that backtracks',
      'running',
      "function stick() { /^(a+)+$/.test('a'.repeat(60) + 'b'); }",
      /^in RegExp\.test, called by (Timeout\.)?stick .*\(dist\/a\.js:1:\d+\)$/,
    ],
    [
      'an async loop that never lets the event loop run',
      'running',
      'async function stick() { for (;;) await null; }',
      /^in (Timeout\.)?stick .*\(dist\/a\.js:1:\d+\)$/,
    ],
    [
      "the same, called by Node's own code",
      'running',
      'async function stick() { process.nextTick(() => {}); for (;;) await null; }',
      /^in (Timeout\.)?stick .*\(dist\/a\.js:1:\d+\)$/,
    ],
  ])('%s', async (_name, type, source, text) => {
    const { event, output } = await timedOut(ready(source));
    expect(event.exit?.activity).toMatchObject({ type, text: expect.stringMatching(text) });
    expect(event.exit?.activity?.stack?.join('\n')).toContain('stick');
    expect(event.error).toBe(`no heartbeat for ${HEARTBEAT_MS} ms; it was ${event.exit?.activity?.text}`);
    // Node's lines about its inspector are not output of the entry.
    expect(output).toEqual([]);
    expect(event.exit?.stderr).toEqual([]);
  });

  test('the top level of a module, before it was ready', async () => {
    const { supervisor, events } = supervise({ 'a.js': 'const one = 1;\nfor (;;) one;' });
    await supervisor.keepSpares({ count: 1 });
    const startup = { startupTimeoutMs: 3000, startupAdvice: 'leave the loop' };
    await expect(supervisor.spawn({ entry: 'dist/a.js', ...startup })).rejects.toMatchObject({
      code: 'SPOOKY_SUPERVISOR_START_TIMED_OUT',
      message: expect.stringMatching(/not ready after 3000 ms; it was in dist\/a\.js:2:\d+; leave the loop$/),
      exit: { activity: { type: 'running' } },
    });
    expect(events.at(-1)).toMatchObject({ state: 'timed_out' });
  });
});

test('distinguishes an idle process from a blocked one', async () => {
  const { event } = await timedOut(ready('function stick() { setInterval(() => {}, 1000); }'));
  expect(event.exit?.activity).toMatchObject({
    type: 'idle',
    text: expect.stringMatching(/^idle: its event loop runs \(open: .*Timeout/),
  });
});

test('reports a top-level await that never settles as idle', async () => {
  const { supervisor } = supervise({ 'a.js': 'await new Promise(() => {});' });
  await supervisor.keepSpares({ count: 1 });
  await expect(supervisor.spawn({ entry: 'dist/a.js', startupTimeoutMs: 3000 })).rejects.toMatchObject({
    message: expect.stringContaining('not ready after 3000 ms; it was idle: its event loop runs'),
    exit: { activity: { type: 'idle' } },
  });
});

describe.runIf(linux)('reads from /proc what an entry that cannot answer is doing:', () => {
  test.each<[string, string, string, RegExp]>([
    ['SIGSTOP', 'suspended', "const stick = () => process.kill(process.pid, 'SIGSTOP');", /^stopped by SIGSTOP/],
    [
      'a synchronous child',
      'system',
      "import { execFileSync } from 'node:child_process';\nconst stick = () => execFileSync('sleep', ['1000']);",
      /sleep \(pid \d+\)/,
    ],
    [
      'a synchronous read of a pipe',
      'system',
      "import { openSync, readSync } from 'node:fs';\nconst stick = () => readSync(openSync('pipe', 'r+'), Buffer.alloc(1));",
      /^in (Object\.)?readSync, called by (Timeout\.)?stick .*\(dist\/a\.js:2:\d+\)$/,
    ],
    [
      'opening a pipe that has no writer',
      'system',
      "import { readFileSync } from 'node:fs';\nconst stick = () => readFileSync('pipe');",
      /^in a system call: open/,
    ],
    [
      'native code that takes no interrupts',
      'system',
      "import { pbkdf2Sync } from 'node:crypto';\nconst stick = () => pbkdf2Sync('a', 'b', 1e9, 64, 'sha512');",
      /^using the processor/,
    ],
  ])('%s', async (_name, type, source, text) => {
    const { event } = await timedOut(ready(source));
    expect(event.exit?.activity).toMatchObject({ type, text: expect.stringMatching(text) });
    const below = /pid (\d+)/.exec(event.exit?.activity?.text ?? '')?.[1];
    if (below !== undefined) await untilGone(Number(below));
  });

  test('a command that was suspended before it was ready', async () => {
    const { supervisor } = supervise();
    const args = ['-c', 'kill -STOP $$'];
    const readiness = { type: 'log', pattern: /never/ } as const;
    const limits = { startupTimeoutMs: 4000, stopTimeoutMs: 50 };
    await expect(
      supervisor.spawnCommand({ kind: 'sh', command: 'sh', args, ready: readiness, ...limits }),
    ).rejects.toMatchObject({
      code: 'SPOOKY_SUPERVISOR_START_TIMED_OUT',
      exit: { activity: { type: 'suspended' }, signal: 'SIGKILL' },
    });
  });
});

test('reports the last lines of stderr too', async () => {
  const source = ready("function stick() { console.error('about to stick'); for (;;); }");
  const { event } = await timedOut(source);
  expect(event.exit).toMatchObject({ activity: { type: 'running' }, stderr: ['about to stick'] });
});

test('gives up on an entry that imitates its inspector', async () => {
  const { event } = await timedOut(
    ready(`import { createServer } from 'node:net';
      const server = createServer((socket) => void socket.write('HTTP/1.1 200 OK')).listen(0, '127.0.0.1');
      process.on('SIGUSR1', () => console.error('Debugger listening on ws://127.0.0.1:' + server.address().port + '/mine'));
      const stick = () => {};`),
  );
  if (linux) expect(event.exit?.activity).toEqual({ type: 'system', text: 'asleep and did not answer' });
});
