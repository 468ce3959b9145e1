import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { expect, onTestFinished, test, vi } from 'vitest';
import { isAlive } from '../testing/process-table.ts';
import { untilGone, WAIT } from '../testing/supervise.ts';
import { ReaperLink } from './reaper-link.ts';

/** A process that leads its own group and does not end by itself. */
function sleeper(): number {
  const child = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child.pid ?? 0;
}

/** The reapers that the test process has started. */
function reapers(): number[] {
  const read = (pid: string, name: string) => {
    try {
      return readFileSync(`/proc/${pid}/${name}`, 'utf8');
    } catch {
      return '';
    }
  };
  const pids = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && read(pid, 'cmdline').includes('reaper'));
  return pids.filter((pid) => read(pid, 'stat').split(') ')[1]?.split(' ')[1] === String(process.pid)).map(Number);
}

test('kills the groups that are still listed when the pipe ends, and no others', async () => {
  const link = new ReaperLink();
  const [listed, removed] = [sleeper(), sleeper()];
  link.add(listed);
  link.add(removed);
  link.remove(removed);
  await link.close();
  await untilGone(listed);
  expect(isAlive(removed)).toBe(true);
});

test.runIf(process.platform === 'linux')('replaces a killed reaper, which then knows all living groups', async () => {
  const link = new ReaperLink();
  const listed = sleeper();
  link.add(listed);
  const [first = 0] = reapers();
  process.kill(first, 'SIGKILL');
  await vi.waitFor(() => expect(reapers().filter((pid) => pid !== first && isAlive(pid))).toHaveLength(1), WAIT);
  await link.close();
  await untilGone(first, listed, ...reapers());
});
