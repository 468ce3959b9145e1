import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { isAlive } from './testing/process-table.ts';
import { temporaryRoot, untilGone } from './testing/supervise.ts';

/**
 * A host that supervises healthy, blocked and stuck processes and prints the ids of all of them, including the reaper.
 */
const HOST = `
import { readdirSync, readFileSync } from 'node:fs';
import { createSupervisor } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};

const supervisor = createSupervisor({ root: process.argv[2], scope: { type: 'operator' } });
const pids = [];
supervisor.onMessage(({ payload }) => pids.push(payload));
const ready = { type: 'log', pattern: /^\\d+$/ };
supervisor.onOutput(({ line }) => pids.push(Number(line)));
supervisor.onLifecycle(({ state, pid }) => state === 'running' && pids.push(pid));
await supervisor.spawn({ entry: 'dist/idle.js' });
await supervisor.spawn({ entry: 'dist/parent.js' });
await supervisor.spawnCommand({ kind: 'sh', command: 'sh', args: ['-c', 'trap "" TERM; sleep 1000 & echo $!; wait'], ready });
await supervisor.spawn({ entry: 'dist/blocked.js', heartbeatTimeoutMs: 0 });
supervisor.spawn({ entry: 'dist/stuck.js', startupTimeoutMs: 0 });
await supervisor.keepSpares({ count: 1 });
for (const { pid } of await supervisor.list()) if (!pids.includes(pid)) pids.push(pid);
const parent = (pid) => readFileSync('/proc/' + pid + '/stat', 'utf8').split(') ')[1].split(' ')[1];
const started = process.platform === 'linux'
  ? readdirSync('/proc').filter((pid) => /^\\d+$/.test(pid)).filter((pid) => {
      try { return Number(parent(pid)) === process.pid; } catch { return false; }
    }).map(Number)
  : [];
console.log(JSON.stringify([...new Set([...pids, ...started])]));
process.on('SIGUSR2', () => process.exit(0));
`;

test.each([
  ['kill -9', (pid: number) => process.kill(pid, 'SIGKILL')],
  ['an exit without close', (pid: number) => process.kill(pid, 'SIGUSR2')],
])('leaves no process behind after %s of the host', async (_name, end) => {
  const root = temporaryRoot({
    'idle.js': 'export default (p) => { p.ready(); setInterval(p.heartbeat, 1000); };',
    'blocked.js': 'export default (p) => { p.ready(); setImmediate(() => { for (;;); }); };',
    'stuck.js': 'for (;;);',
    'parent.js': `import { spawn } from 'node:child_process';
      export default (p) => {
        p.send(spawn('sleep', ['1000'], { stdio: 'ignore' }).pid);
        p.ready();
        setInterval(p.heartbeat, 1000);
      };`,
  });
  writeFileSync(join(root, 'host.mjs'), HOST);
  const host = spawn(process.execPath, [join(root, 'host.mjs'), root], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void host.kill('SIGKILL'));
  const [line] = await new Promise<string[]>((resolve) => {
    createInterface(host.stdout).once('line', (text) => resolve([text]));
  });
  const pids: number[] = JSON.parse(line ?? '[]');
  onTestFinished(() => {
    for (const pid of pids.filter(isAlive)) process.kill(pid, 'SIGKILL');
  });
  // idle, parent and its child, sh and its child, blocked, stuck; on Linux the reaper and a spare as well
  expect(pids.length).toBeGreaterThanOrEqual(process.platform === 'linux' ? 9 : 7);
  expect(pids.filter((pid) => !isAlive(pid))).toEqual([]);

  end(host.pid ?? 0);
  await untilGone(host.pid ?? 0, ...pids);
});
