import type { RecordId } from 'surrealdb';
import { type Connection, isAway } from '../connection.ts';
import { FETCH_PAYLOAD } from './sql/fetch.ts';

/** A payload, or why its job fails. */
export type Loaded =
  | { readonly ok: true; readonly payload: unknown }
  | { readonly ok: false; readonly reason: string; readonly code: 'payload_too_large' | 'job_unreadable' };

export interface Payloads {
  /**
   * Reads the payload of one job that was too large to be fetched with the row.
   * @throws RunnerError if the database is away
   */
  load(id: RecordId): Promise<Loaded>;
}

/** In bytes of CBOR, the encoding in which the database sends it. */
const MAX_BYTES = 1_048_576;
const CONCURRENCY = 2;

/** Reads large payloads when their jobs' turn comes, two at a time, so that they never fill a message or the memory. */
export function createPayloads(connection: Pick<Connection, 'query'>): Payloads {
  const waiting: (() => void)[] = [];
  let loading = 0;

  async function read(id: RecordId): Promise<Loaded> {
    try {
      const payload = await connection.query(FETCH_PAYLOAD, { id, most: MAX_BYTES });
      if (typeof payload !== 'number') return { ok: true, payload: payload ?? {} };
      const reason = `The payload has ${payload} bytes; at most ${MAX_BYTES} are delivered.`;
      return { ok: false, code: 'payload_too_large', reason };
    } catch (error) {
      if (isAway(error)) throw error;
      return { ok: false, code: 'job_unreadable', reason: 'The payload cannot be read.' };
    }
  }

  return {
    async load(id) {
      if (loading >= CONCURRENCY) await new Promise<void>((resolve) => waiting.push(resolve));
      loading += 1;
      try {
        return await read(id);
      } finally {
        loading -= 1;
        waiting.shift()?.();
      }
    },
  };
}
