import { readdirSync, readFileSync } from 'node:fs';
import { expect, vi } from 'vitest';
import { isAlive, PATIENCE } from './supervise.ts';

/** Waits until nobody of the group is left: the process itself, and all that it started and that stayed in its group. */
export async function untilGroupGone(leader: number | undefined): Promise<void> {
  expect(leader).toBeGreaterThan(1);
  await vi.waitFor(() => expect(groupMembers(leader ?? 0)).toEqual([]), PATIENCE);
}

/** Who runs in the group. Beyond Linux only the leader can be seen. */
export function groupMembers(leader: number): number[] {
  if (process.platform !== 'linux') return isAlive(leader) ? [leader] : [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => groupOf(pid) === leader && isAlive(pid));
}

function groupOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
  } catch {
    return undefined; // it ended meanwhile
  }
}
