import { ClientError } from '@spookify/client';

/** Whether the database refused a write because the thread has another revision than the write names. */
export function isThreadChanged(error: unknown): boolean {
  return error instanceof ClientError && error.reason === 'thread-changed';
}
