import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { CyclesReport } from './testing/cycles.ts';
import { temporaryRoot } from './testing/supervise.ts';

/** The suite runs 100 entries and 400 commands. `npm --workspace packages/supervisor run cycles` runs entries only. */
const entries = Number(process.env.SPOOKY_CYCLES ?? 100);
const commands = Math.max(0, 500 - entries);

test(
  `leaves descriptors, children and memory as they were after ${entries + commands} processes`,
  async () => {
    const root = temporaryRoot({
      'ready.js': 'export default (p) => { p.onStop(() => p.complete()); p.ready(); setInterval(p.heartbeat, 20); };',
      'done.js': 'export default (p) => { p.ready(); p.complete(); };',
      'broken.js': 'export default (;',
      'late.js': 'export default () => {};',
      'stuck.js': 'export default (p) => { p.ready(); setImmediate(() => { for (;;); }); };',
    });
    const program = fileURLToPath(new URL('./testing/cycles.ts', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--expose-gc',
      program,
      root,
      String(entries),
      String(commands),
    ]);
    const { before, after, closed, states } = JSON.parse(stdout) as CyclesReport;

    expect(after.descriptors).toBe(before.descriptors);
    expect(after.resources).toEqual(before.resources);
    // The reaper is in both counts.
    expect(after.children).toBe(before.children);
    expect(closed).toMatchObject({ children: 0 });
    expect(after.heap - before.heap).toBeLessThan(1);
    expect(after.resident - before.resident).toBeLessThan(32);
    // Two of seven entries time out, one completes, one cannot be loaded, one is killed.
    const { completed = 0, failed = 0, stopped = 0, timed_out = 0 } = states;
    expect(completed + failed + stopped + timed_out).toBe(entries + commands + 131);
    for (const [count, share] of [
      [completed, 1],
      [failed, 2],
      [stopped, 2],
      [timed_out, 2],
    ] as const) {
      expect(count).toBeGreaterThanOrEqual(Math.floor((entries * share) / 7));
    }
  },
  60_000 + entries * 500,
);
