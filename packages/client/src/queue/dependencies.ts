/*
 * What a write of the queue depends on: the writes before it that touch a record of it, and above all the one that makes a
 * record that it refers to.
 */
import { isOpen, type PendingWrite } from './pending-write.ts';
import { makesRecord, mustWaitFor } from './queue-changes.ts';
import type { WriteQueue } from './write-queue.ts';

type Writes = Pick<WriteQueue, 'touching' | 'failed'>;

/** Whether a direct write must wait: for all that are stored or being stored, and for earlier direct ones. */
export function mustWait(queue: Writes, direct: PendingWrite): boolean {
  const related = direct.touches.flatMap((record) => queue.touching(record));
  return related.some((entry) => {
    const isEarlier = !entry.isDirect || entry.order < direct.order;
    return isEarlier && isOpen(entry.state) && mustWaitFor(entry, direct);
  });
}

/** The refused write that would have made a record that this one is about or refers to; undefined if there is none. */
export function blockerOf(queue: Writes, { record, touches, write, order }: PendingWrite): PendingWrite | undefined {
  if (!queue.failed.some(makesRecord)) return undefined;
  for (const touched of touches) {
    // A write that makes its record does not depend on an earlier attempt to make it.
    if (touched === record && makesRecord({ write })) continue;
    const maker = queue
      .touching(touched)
      .findLast((entry) => entry.record === touched && makesRecord(entry) && entry.order < order);
    if (maker?.state.kind === 'failed') return maker;
  }
  return undefined;
}

/** The refused write, and those that would be refused again without the record that it would have made. */
export function withDependents(queue: Writes, key: string): readonly PendingWrite[] {
  const found = new Map<string, PendingWrite>();
  const records = new Set<string>();
  for (const entry of queue.failed) {
    const isMeant = entry.key === key || isBlockedBy(entry, key) || entry.touches.some((record) => records.has(record));
    if (!isMeant) continue;
    found.set(entry.key, entry);
    if (makesRecord(entry)) records.add(entry.record);
  }
  return [...found.values()];
}

/** Whether a refused write was refused only because another one was. */
export function isBlockedBy({ state }: PendingWrite, key: string): boolean {
  return state.kind === 'failed' && state.failure.blockedBy === key;
}
