import { spawn } from 'node:child_process';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { type ProcessRow, processRows } from './process-rows.ts';
import { treeOf, usageOf } from './usage.ts';

const row = (pid: number, parent: number, group: number): ProcessRow => ({
  ...{ pid, parent, group, cpuMs: 0 },
  memoryBytes: () => 0,
});

test('counts the group and all descendants, including those that left the group, in any order', () => {
  const mine = [row(10, 1, 10), row(11, 10, 10), row(12, 11, 12), row(13, 12, 13), row(14, 1, 10)];
  const others = [row(1, 0, 1), row(2, 1, 2), row(15, 2, 2)];
  fc.assert(
    fc.property(fc.shuffledSubarray([...mine, ...others], { minLength: 8 }), (rows) => {
      expect(new Set(treeOf(10, rows))).toEqual(new Set(mine));
    }),
  );
  expect(treeOf(99, mine)).toEqual([]);
});

const windows = process.platform === 'win32';

// `darwin` uses ps, which also exists on Linux.
test.skipIf(windows).each([process.platform, 'darwin'] as const)(
  'this process is in the list (%s)',
  async (platform) => {
    const own = (await processRows(platform)).find(({ pid }) => pid === process.pid);
    expect(own?.parent).toBe(process.ppid);
    const seen = own?.memoryBytes() ?? 0;
    expect(seen / process.memoryUsage.rss()).toBeGreaterThan(0.5);
    expect(seen / process.memoryUsage.rss()).toBeLessThan(2);
    const { user, system } = process.cpuUsage();
    expect(Math.abs((own?.cpuMs ?? 0) - (user + system) / 1000)).toBeLessThan(2000); // ps reports whole seconds
  },
);

test.skipIf(windows)('counts the children of a process', async () => {
  const shell = spawn('sh', ['-c', 'sleep 100 & echo up; wait'], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const { pid = 0 } = shell;
  onTestFinished(() => void process.kill(-pid, 'SIGKILL'));
  await new Promise((resolve) => shell.stdout.once('data', resolve));
  const usage = (await usageOf([pid, 999_999_999])).get(pid);
  expect(usage?.processes).toBe(2);
  expect(usage?.memoryBytes).toBeGreaterThan(100_000);
  expect((await usageOf([999_999_999])).size).toBe(0);
});
