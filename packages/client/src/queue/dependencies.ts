/*
 * What a write of the queue depends on: the writes before it that touch a record of it, and above all the one that makes a
 * record that it refers to.
 */
import { isOpen, type PendingWrite } from './pending-write.ts';
import { makesRecord, mustWaitFor } from './queue-changes.ts';
import type { WriteQueue } from './write-queue.ts';

type Writes = Pick<WriteQueue, 'touching' | 'failed'>;

/** A write, also one that is not part of the queue. Those are later than all others. */
export type Dependent = Pick<PendingWrite, 'record' | 'touches' | 'write'> & { readonly order?: number };

/** Whether a write of the queue must be settled before this one. */
export function mustWait(queue: Writes, later: Dependent): boolean {
  const related = later.touches.flatMap((record) => queue.touching(record));
  return related.some((entry) => isOpen(entry.state) && mustWaitFor(entry, later));
}

/** The refused write that would have made a record that this one is about or refers to; undefined if there is none. */
export function blockerOf(queue: Writes, { record, touches, write, order }: Dependent): PendingWrite | undefined {
  if (!queue.failed.some(makesRecord)) return undefined;
  const isEarlier = (entry: PendingWrite): boolean => order === undefined || entry.order < order;
  for (const touched of touches) {
    // A write that makes its record does not depend on an earlier attempt to make it.
    if (touched === record && makesRecord({ write })) continue;
    const maker = queue
      .touching(touched)
      .findLast((entry) => entry.record === touched && makesRecord(entry) && isEarlier(entry));
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
