import { createServer } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { accepts } from './spawn/readiness.ts';
import { isAlive } from './testing/process-table.ts';
import { PATIENCE, supervise, untilGone } from './testing/supervise.ts';

const command = process.execPath;

/** Returns a port that was free just now. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

function httpServer(port: number, rest = ''): string[] {
  return ['-e', `require('http').createServer((q, r) => r.end('ok')).listen(${port}, '127.0.0.1'); ${rest}`];
}

test('is named once where its key is its kind', async () => {
  const { supervisor } = supervise();
  const failing = {
    kind: 'web',
    command,
    args: ['-e', 'process.exit(7)'],
    ready: { type: 'log', pattern: /never/ },
  } as const;
  const named = (key: string, name: string) =>
    expect(supervisor.spawnCommand({ ...failing, key })).rejects.toThrow(new RegExp(`^${name}: exited with code 7`));
  await named('web', 'web');
  await named('1', 'web 1');
});

describe('is running once it is ready', () => {
  test('by port', async () => {
    const { supervisor, states } = supervise();
    const port = await freePort();
    const ready = { type: 'port', port } as const;
    const handle = await supervisor.spawnCommand({ kind: 'web', command, args: httpServer(port), ready });
    expect(handle).toMatchObject({ entry: command, info: { type: 'command', state: 'running' } });
    expect(await accepts({ port })).toBe(true);
    expect(states()).toEqual(['starting', 'running']);
    await handle.stop();
    expect(await accepts({ port })).toBe(false);
  });

  test('by HTTP, when the answer is a good one', async () => {
    const { supervisor } = supervise();
    const port = await freePort();
    const script = `let asked = 0; require('http').createServer((q, r) => {
      r.statusCode = ++asked < 3 ? 503 : 204; console.log(r.statusCode); r.end();
    }).listen(${port}, '127.0.0.1');`;
    const lines: string[] = [];
    supervisor.onOutput(({ line }) => void lines.push(line));
    const ready = { type: 'http', url: `http://127.0.0.1:${port}/health` } as const;
    await supervisor.spawnCommand({ kind: 'web', command, args: ['-e', script], ready });
    await vi.waitFor(() => expect(lines.slice(0, 3)).toEqual(['503', '503', '204']), PATIENCE);
  });

  test('by a line of output, colours or not', async () => {
    const { supervisor } = supervise();
    const args = ['-e', "console.error('\\x1b[32mListening\\x1b[0m on 1'); setInterval(() => {}, 999);"];
    const ready = { type: 'log', pattern: /^Listening on/g } as const;
    expect((await supervisor.spawnCommand({ kind: 'web', command, args, ready })).info.state).toBe('running');
  });

  test('at once', async () => {
    const { supervisor, ended } = supervise();
    const { processId } = await supervisor.spawnCommand({ kind: 'tool', command, args: ['-e', ''] });
    expect(await ended(processId)).toMatchObject({ state: 'completed', exit: { exitCode: 0 } });
  });
});

describe('fails to start', () => {
  test('when there is no such program', async () => {
    const { supervisor, events } = supervise();
    const spawning = supervisor.spawnCommand({ kind: 'none', command: 'spooky-no-such-program' });
    await expect(spawning).rejects.toMatchObject({
      code: 'SPOOKY_SUPERVISOR_START_FAILED',
      message: expect.stringContaining('spooky-no-such-program could not be started'),
    });
    expect(events.map(({ state }) => state)).toEqual(['starting', 'failed']);
  });

  test('when an argument is impossible', async () => {
    const { supervisor } = supervise();
    const spawning = supervisor.spawnCommand({ kind: 'odd', command, args: ['\0'] });
    await expect(spawning).rejects.toMatchObject({ code: 'SPOOKY_SUPERVISOR_START_FAILED' });
  });

  test('when it exits before it is ready', async () => {
    const { supervisor } = supervise();
    const args = ['-e', "console.error('port in use'); process.exit(1);"];
    const ready = { type: 'log', pattern: /never/ } as const;
    await expect(supervisor.spawnCommand({ kind: 'web', command, args, ready })).rejects.toMatchObject({
      code: 'SPOOKY_SUPERVISOR_START_FAILED',
      exit: { exitCode: 1, stderr: ['port in use'] },
    });
  });

  test('when it is not ready in time; it is asked to end, then killed', async () => {
    const { supervisor, events } = supervise();
    const args = ['-c', "trap '' TERM; while :; do sleep 1; done"];
    const ready = { type: 'port', port: await freePort() } as const;
    const limits = { startupTimeoutMs: 4000, stopTimeoutMs: 100 }; // the shell has set its trap by then
    await expect(supervisor.spawnCommand({ kind: 'web', command: 'sh', args, ready, ...limits })).rejects.toMatchObject(
      { code: 'SPOOKY_SUPERVISOR_START_TIMED_OUT', exit: { signal: 'SIGKILL', forced: true } },
    );
    expect(events.map(({ state }) => state)).toEqual(['starting', 'stopping', 'timed_out']);
  });

  test('when something else answers on its port', async () => {
    const { supervisor, events } = supervise();
    const server = createServer();
    onTestFinished(() => void server.close());
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
    const code = 'SPOOKY_SUPERVISOR_PORT_TAKEN';
    for (const ready of [
      { type: 'port', port } as const,
      { type: 'http', url: `http://127.0.0.1:${port}/` } as const,
    ]) {
      await expect(supervisor.spawnCommand({ kind: 'web', command, ready })).rejects.toMatchObject({ code });
    }
    expect(events).toEqual([]);
  });
});

describe('stop', () => {
  test('is a SIGTERM, which the program may answer in its own time', async () => {
    const { supervisor, output, events } = supervise();
    const script = `process.on('SIGTERM', () => setTimeout(() => { console.log('closed'); process.exit(0); }, 50));
      setInterval(() => {}, 999); console.log('up');`;
    const ready = { type: 'log', pattern: /up/ } as const;
    const handle = await supervisor.spawnCommand({ kind: 'web', command, args: ['-e', script], ready });
    await handle.stop();
    expect(output.map(({ line }) => line)).toEqual(['up', 'closed']);
    expect(events.at(-1)).toMatchObject({ state: 'stopped', exit: { exitCode: 0, forced: false } });
  });

  test('kills the whole group of a program that traps SIGTERM', async () => {
    const { supervisor, output, events } = supervise();
    const args = ['-c', "trap '' TERM; sleep 1000 & echo $!; wait; while :; do sleep 1; done"];
    const ready = { type: 'log', pattern: /^\d+$/ } as const;
    const limits = { stopTimeoutMs: 100 };
    const handle = await supervisor.spawnCommand({ kind: 'sh', command: 'sh', args, ready, ...limits });
    await handle.stop();
    expect(events.at(-1)).toMatchObject({ state: 'stopped', exit: { signal: 'SIGKILL', forced: true } });
    await untilGone(handle.info.pid ?? 0, Number(output[0]?.line));
  });

  test('waits for what a launcher started, though the launcher itself is gone at once', async () => {
    const { supervisor, output, events } = supervise();
    const server = `process.on('SIGTERM', () => setTimeout(() => { console.log('closed'); process.exit(0); }, 100));
      setInterval(() => {}, 999); console.log('up');`;
    const args = ['-c', '"$0" -e "$1" & wait', command, server];
    const ready = { type: 'log', pattern: /up/ } as const;
    const handle = await supervisor.spawnCommand({ kind: 'sh', command: 'sh', args, ready });
    await handle.stop();
    expect(output.map(({ line }) => line)).toEqual(['up', 'closed']);
    expect(events.at(-1)).toMatchObject({ state: 'stopped', exit: { forced: false } });
  });

  test('what a launcher started ends with it when it is killed', async () => {
    const { supervisor, output, ended } = supervise();
    const args = ['-c', 'sleep 1000 & echo $!; wait'];
    const ready = { type: 'log', pattern: /^\d+$/ } as const;
    const { processId, info } = await supervisor.spawnCommand({ kind: 'sh', command: 'sh', args, ready });
    process.kill(info.pid ?? 0, 'SIGKILL');
    expect(await ended(processId)).toMatchObject({ state: 'failed', exit: { signal: 'SIGKILL', forced: false } });
    await untilGone(Number(output[0]?.line));
  });
});

test.each([
  { ready: { type: 'port', port: 0 } as const },
  { ready: { type: 'http', url: 'ftp://127.0.0.1/' } as const },
  { restart: { when: 'always', maxRestarts: Number.NaN } as const },
  { restart: { when: 'always', backoff: { initialMs: -1 } } as const },
  { command: '' },
  { kind: '' },
])('a wrong option starts nothing: %j', async (wrong) => {
  const { supervisor, events } = supervise();
  const code = 'SPOOKY_SUPERVISOR_INVALID_OPTION';
  await expect(supervisor.spawnCommand({ kind: 'x', command, ...wrong })).rejects.toMatchObject({ code });
  expect(events).toEqual([]);
});

test('has exactly the environment and folder that it was given, and takes no messages', async () => {
  const { supervisor, output, root } = supervise();
  const args = [
    '-e',
    'console.log(JSON.stringify([process.env.A, process.env.PATH, process.cwd()])); process.stdin.resume();',
  ];
  const ready = { type: 'log', pattern: /./ } as const;
  const handle = await supervisor.spawnCommand({ kind: 'env', command, args, env: { A: '1' }, ready });
  expect(JSON.parse(output[0]?.line ?? '')).toEqual(['1', null, root]);
  expect(() => handle.send(1)).toThrow(expect.objectContaining({ code: 'SPOOKY_SUPERVISOR_NO_MESSAGES' }));
});

test('a flood of output is read to its end, in order', async () => {
  const { supervisor, output, ended } = supervise();
  const args = ['-e', "for (let n = 0; n < 20000; n++) console.log(n + ' ' + 'x'.repeat(80));"];
  const { processId } = await supervisor.spawnCommand({ kind: 'flood', command, args });
  await ended(processId);
  expect(output).toHaveLength(20_000);
  expect(output.every(({ line }, n) => line.startsWith(`${n} x`))).toBe(true);
});

test('a descendant that left the group cannot hold up the end', async () => {
  const { supervisor, messages, ended } = supervise({
    'a.js': `import { spawn } from 'node:child_process';
      export default (p) => {
        p.send(spawn('sleep', ['1000'], { detached: true, stdio: 'inherit' }).pid);
        p.ready();
        p.complete();
      };`,
  });
  const { processId } = await supervisor.spawn({ entry: 'dist/a.js' });
  expect(await ended(processId)).toMatchObject({ state: 'completed' });
  const [pid] = messages as [number];
  expect(isAlive(pid)).toBe(true);
  process.kill(pid, 'SIGKILL');
});
