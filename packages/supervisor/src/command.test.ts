import { createServer } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { acceptsConnections } from './spawn/readiness.ts';
import { isAlive } from './testing/process-table.ts';
import { supervise, untilGone, WAIT } from './testing/supervise.ts';

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

test('names a command once if its key is its kind', async () => {
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

describe('resolves the spawn when the command is ready:', () => {
  test('by port', async () => {
    const { supervisor, states } = supervise();
    const port = await freePort();
    const ready = { type: 'port', port } as const;
    const handle = await supervisor.spawnCommand({ kind: 'web', command, args: httpServer(port), ready });
    expect(handle).toMatchObject({ entry: command, info: { type: 'command', state: 'running' } });
    expect(await acceptsConnections({ port })).toBe(true);
    expect(states()).toEqual(['starting', 'running']);
    await handle.stop();
    expect(await acceptsConnections({ port })).toBe(false);
  });

  test('by HTTP, with a status from 200 to 399', async () => {
    const { supervisor } = supervise();
    const port = await freePort();
    const script = `let asked = 0; require('http').createServer((q, r) => {
      r.statusCode = ++asked < 3 ? 503 : 204; console.log(r.statusCode); r.end();
    }).listen(${port}, '127.0.0.1');`;
    const lines: string[] = [];
    supervisor.onOutput(({ line }) => void lines.push(line));
    const ready = { type: 'http', url: `http://127.0.0.1:${port}/health` } as const;
    await supervisor.spawnCommand({ kind: 'web', command, args: ['-e', script], ready });
    await vi.waitFor(() => expect(lines.slice(0, 3)).toEqual(['503', '503', '204']), WAIT);
  });

  test('by a line of output, with or without colours', async () => {
    const { supervisor } = supervise();
    const args = ['-e', "console.error('\\x1b[32mListening\\x1b[0m on 1'); setInterval(() => {}, 999);"];
    const ready = { type: 'log', pattern: /^Listening on/g } as const;
    expect((await supervisor.spawnCommand({ kind: 'web', command, args, ready })).info.state).toBe('running');
  });

  test('immediately, without a readiness', async () => {
    const { supervisor, ended } = supervise();
    const { processId } = await supervisor.spawnCommand({ kind: 'tool', command, args: ['-e', ''] });
    expect(await ended(processId)).toMatchObject({ state: 'completed', exit: { exitCode: 0 } });
  });
});

describe('rejects the spawn', () => {
  test('when the program does not exist', async () => {
    const { supervisor, events } = supervise();
    const spawning = supervisor.spawnCommand({ kind: 'none', command: 'spooky-no-such-program' });
    await expect(spawning).rejects.toMatchObject({
      code: 'SPOOKY_SUPERVISOR_START_FAILED',
      message: expect.stringContaining('spooky-no-such-program could not be started'),
    });
    expect(events.map(({ state }) => state)).toEqual(['starting', 'failed']);
  });

  test('when an argument is invalid for the operating system', async () => {
    const { supervisor } = supervise();
    const spawning = supervisor.spawnCommand({ kind: 'odd', command, args: ['\0'] });
    await expect(spawning).rejects.toMatchObject({ code: 'SPOOKY_SUPERVISOR_START_FAILED' });
  });

  test('when the command exits before it is ready', async () => {
    const { supervisor } = supervise();
    const args = ['-e', "console.error('port in use'); process.exit(1);"];
    const ready = { type: 'log', pattern: /never/ } as const;
    await expect(supervisor.spawnCommand({ kind: 'web', command, args, ready })).rejects.toMatchObject({
      code: 'SPOOKY_SUPERVISOR_START_FAILED',
      exit: { exitCode: 1, stderr: ['port in use'] },
    });
  });

  test('when the command is not ready in time, after SIGTERM and a kill', async () => {
    const { supervisor, events } = supervise();
    const args = ['-c', "trap '' TERM; while :; do sleep 1; done"];
    const ready = { type: 'port', port: await freePort() } as const;
    const limits = { startupTimeoutMs: 4000, stopTimeoutMs: 100 }; // the shell has set its trap by then
    await expect(supervisor.spawnCommand({ kind: 'web', command: 'sh', args, ready, ...limits })).rejects.toMatchObject(
      { code: 'SPOOKY_SUPERVISOR_START_TIMED_OUT', exit: { signal: 'SIGKILL', forced: true } },
    );
    expect(events.map(({ state }) => state)).toEqual(['starting', 'stopping', 'timed_out']);
  });

  test('when something else already answers on its port', async () => {
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
  test('sends SIGTERM and waits for the program to end', async () => {
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

  test('waits for the children of a launcher that exits immediately', async () => {
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

  test('kills the children of a launcher together with it', async () => {
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
])('refuses a wrong option before anything is started: %j', async (wrong) => {
  const { supervisor, events } = supervise();
  const code = 'SPOOKY_SUPERVISOR_INVALID_OPTION';
  await expect(supervisor.spawnCommand({ kind: 'x', command, ...wrong })).rejects.toMatchObject({ code });
  expect(events).toEqual([]);
});

test('gives a command exactly its environment and working directory, and refuses messages to it', async () => {
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

test('delivers a flood of output completely and in order', async () => {
  const { supervisor, output, ended } = supervise();
  const args = ['-e', "for (let n = 0; n < 20000; n++) console.log(n + ' ' + 'x'.repeat(80));"];
  const { processId } = await supervisor.spawnCommand({ kind: 'flood', command, args });
  await ended(processId);
  expect(output).toHaveLength(20_000);
  expect(output.every(({ line }, n) => line.startsWith(`${n} x`))).toBe(true);
});

test('ends a process although a descendant that left its group holds the pipes', async () => {
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
