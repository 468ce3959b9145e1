import { ServerError } from 'surrealdb';
import type { Wire } from './connection/wire.ts';

const LONGEST_WAIT_MS = 30_000;
const METHOD_NOT_FOUND = -32_601;

/** Waits for the server's write signal. Resolves with undefined if the server has none. Does not delay other calls. */
export async function waitForWrite(
  wire: Wire,
  queryTimeoutMs: number,
  since?: number,
  timeoutMs = LONGEST_WAIT_MS,
): Promise<number | undefined> {
  const waitMs = Math.min(timeoutMs, LONGEST_WAIT_MS);
  try {
    return await wire.call<number>('write_signal', [since, waitMs], { timeoutMs: waitMs + queryTimeoutMs });
  } catch (error) {
    if (error instanceof ServerError && error.code === METHOD_NOT_FOUND) return undefined;
    throw error;
  }
}
