import { randomUUID } from 'node:crypto';
import { EmbeddedSurrealError } from '../errors.ts';
import { codec } from '../protocol/codec.ts';
import { engineRequest, errorMessage } from '../protocol/frames.ts';
import type { Engine } from './engine.ts';

/** A session in which a record user is signed in, so that the permissions of the schema apply. */
export interface RecordSession {
  /**
   * Runs SurrealQL as the record user. A failed statement does not stop the statements after it.
   *
   * @returns the outcome of each statement, in order
   * @throws EmbeddedSurrealError `SPOOKY_DB_QUERY_FAILED` if the text cannot be parsed
   */
  query(text: string): Promise<StatementResult[]>;
}

/** The outcome of one statement: its decoded result, or the engine's error message. */
export type StatementResult =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly message: string };

/** The namespace and database that a session works on. */
export interface Selection {
  readonly namespace: string;
  readonly database: string;
}

/** Attaches a session to the engine and signs in. Throws SPOOKY_DB_QUERY_FAILED if the access refuses. */
export async function openRecordSession(
  engine: Engine,
  { namespace, database }: Selection,
  access: string,
  variables: Record<string, unknown>,
): Promise<RecordSession> {
  const session = randomUUID();
  await engine.attach(session, () => {});
  const call = async (method: string, params: readonly unknown[]): Promise<Uint8Array> => {
    const reply = await engine.execute(engineRequest(method, codec.encode(params), session));
    if (reply.ok) return reply.result;
    const message = `The database refused a statement: ${errorMessage(reply.error)}`;
    throw new EmbeddedSurrealError('SPOOKY_DB_QUERY_FAILED', message);
  };
  await call('use', [namespace, database]);
  await call('signin', [{ ...variables, NS: namespace, DB: database, AC: access }]);
  return {
    async query(text) {
      const results = codec.decode(await call('query', [text, {}])) as { status: string; result: unknown }[];
      return results.map(({ status, result }) =>
        status === 'OK' ? { ok: true, result } : { ok: false, message: String(result) },
      );
    },
  };
}
