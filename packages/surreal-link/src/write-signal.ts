import { ServerError } from 'surrealdb';
import type { DatabaseSocket } from './connection/database-socket.ts';

const MAX_WAIT_MS = 30_000;
const METHOD_NOT_FOUND = -32_601;

/** Waits for the server's write signal. Resolves with undefined if the server has none. Does not delay other calls. */
export async function waitForWrite(
  socket: DatabaseSocket,
  queryTimeoutMs: number,
  since?: number,
  timeoutMs = MAX_WAIT_MS,
): Promise<number | undefined> {
  const waitMs = Math.min(timeoutMs, MAX_WAIT_MS);
  try {
    return await socket.call<number>('write_signal', [since, waitMs], { timeoutMs: waitMs + queryTimeoutMs });
  } catch (error) {
    if (error instanceof ServerError && error.code === METHOD_NOT_FOUND) return undefined;
    throw error;
  }
}
