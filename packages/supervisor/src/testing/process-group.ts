import { expect, vi } from 'vitest';
import { groupMembers } from './process-table.ts';
import { PATIENCE } from './supervise.ts';

/** Waits until nobody of the group is left: the process itself, and all that it started and that stayed in its group. */
export async function untilGroupGone(leader: number | undefined): Promise<void> {
  expect(leader).toBeGreaterThan(1);
  await vi.waitFor(() => expect(groupMembers(leader ?? 0)).toEqual([]), PATIENCE);
}
