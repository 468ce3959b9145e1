import { decodeValue, isPlain } from '@spookify/gateway/wire';
import { localWriteOf } from './local-write.ts';
import type { PendingWrite, WriteState } from './pending-write.ts';
import { errorOf } from './write-failure.ts';
import type { QueueMessage } from './write-queue.ts';

const KINDS: readonly unknown[] = ['create', 'update', 'delete', 'run'] satisfies PendingWrite['write']['kind'][];

/**
 * Whether a value is a pending write of this user that this version of the page can show and send. What a browser has
 * stored, and what its tabs report, may come from another version of the page or from other code of the origin.
 */
export function isPendingWrite(value: unknown, user: string): value is PendingWrite {
  if (!isPlain(value) || value.user !== user) return false;
  const { key, order, version, madeAt, record, touches, guess, write, state } = value;
  const hasForm =
    typeof key === 'string' &&
    [order, version, madeAt].every((number) => typeof number === 'number') &&
    typeof record === 'string' &&
    Array.isArray(touches) &&
    touches.includes(record) &&
    touches.every((touched) => typeof touched === 'string') &&
    isPlain(guess) &&
    isPlain(write) &&
    KINDS.includes(write.kind) &&
    isPlain(state);
  if (!hasForm) return false;
  const entry = value as unknown as PendingWrite;
  try {
    return String(localWriteOf(entry).id) === record && isKnownState(entry.state);
  } catch {
    return false;
  }
}

/** Whether a value is a message about the pending writes of this user. */
export function isQueueMessage(value: unknown, user: string): value is QueueMessage {
  if (!isPlain(value) || value.user !== user) return false;
  const { put, removed, mergedInto } = value;
  return (
    Array.isArray(put) &&
    put.every((write) => isPendingWrite(write, user)) &&
    Array.isArray(removed) &&
    removed.every((key) => typeof key === 'string') &&
    (mergedInto === undefined || typeof mergedInto === 'string')
  );
}

/** Throws if it cannot be decoded. */
function isKnownState(state: WriteState): boolean {
  switch (state.kind) {
    case 'waiting':
    case 'sending':
      return true;
    case 'made':
      decodeValue(state.row);
      return true;
    case 'shown':
      decodeValue(state.row);
      return typeof state.at === 'number';
    case 'failed': {
      const { code, message } = state.failure;
      errorOf(state.failure);
      return typeof code === 'string' && typeof message === 'string';
    }
    default:
      return false;
  }
}
