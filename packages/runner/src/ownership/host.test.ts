import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { expect, it, onTestFinished, vi } from 'vitest';
import { describeHost, isGone } from './host.ts';

/** Starts a process that runs until it is killed. */
async function startProcess(): Promise<ChildProcess & { readonly pid: number }> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'spawn');
  return child as ChildProcess & { readonly pid: number };
}

function describeIt(pid: number): string {
  const host = describeHost(pid);
  if (host === undefined) throw new Error('this machine cannot tell its processes');
  return host;
}

it('reports a running process as alive, and as gone after kill -9', async () => {
  const child = await startProcess();
  const host = describeIt(child.pid);
  expect(isGone(host)).toBe(false);
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
  expect(isGone(host)).toBe(true);
});

it('reports a stopped process as alive', async () => {
  const child = await startProcess();
  const host = describeIt(child.pid);
  child.kill('SIGSTOP');
  expect(isGone(host)).toBe(false);
});

it.runIf(process.platform === 'linux')('reports a process as gone if another process has its pid', async () => {
  const child = await startProcess();
  const [machine, pid, start] = describeIt(child.pid).split(':');
  expect(isGone(`${machine}:${pid}:${Number(start) - 1}`)).toBe(true);
});

it.runIf(process.platform === 'linux')('reports a killed process as gone before its parent has reaped it', async () => {
  // The shell becomes a process that never waits for its child.
  const parent = spawn('sh', ['-c', 'sleep 1000 & echo $!; exec sleep 1000'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => void parent.kill('SIGKILL'));
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(String(line));
  const host = describeIt(pid);
  expect(isGone(host)).toBe(false);
  await vi.waitFor(() => expect(readFileSync(`/proc/${parent.pid}/cmdline`, 'utf8')).toMatch(/^sleep/));
  process.kill(pid, 'SIGKILL');
  await vi.waitFor(() => expect(isGone(host)).toBe(true));
  expect(readFileSync(`/proc/${pid}/stat`, 'utf8')).toContain(' Z ');
});

it.for([
  '',
  'elsewhere:1:1',
  'no host',
  `${describeHost()?.split(':')[0]}:x:1`,
  `${describeHost()?.split(':')[0]}:-1:1`,
])('is not sure that %j is gone', (host) => {
  expect(isGone(host)).toBe(false);
});

it('describes its own process by default', () => {
  expect(describeHost()).toBe(describeHost(process.pid));
  expect(isGone(describeIt(process.pid))).toBe(false);
});
