import { expect, vi } from 'vitest';
import { groupMembers } from './process-table.ts';
import { WAIT } from './supervise.ts';

/** Waits until the group is empty: the process and all its descendants that stayed in the group have ended. */
export async function untilGroupGone(leader: number | undefined): Promise<void> {
  expect(leader).toBeGreaterThan(1);
  await vi.waitFor(() => expect(groupMembers(leader ?? 0)).toEqual([]), WAIT);
}
