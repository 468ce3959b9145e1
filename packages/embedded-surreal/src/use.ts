import { type Call, forward } from './call.ts';
import { isNullish, major, readHead, skipValue } from './cbor.ts';
import { codec } from './codec.ts';
import { engineRequest, fail, type Reply } from './frames.ts';
import { invalidParams } from './rpc-error.ts';

/**
 * `use`: selects namespace and database. Asked for a database while no namespace is selected, the engine would abort
 * the whole process ("namespace should be set"), so that one is answered here.
 */
export async function selectDatabase(call: Call): Promise<Reply> {
  if (await wouldAbort(call)) return fail(invalidParams('Expected a namespace to be selected before the database'));
  const reply = await forward(call);
  if (reply.ok) {
    const selected = codec.decode(reply.result) as { namespace?: string; database?: string };
    call.session.namespace = selected.namespace;
    call.session.database = selected.database;
  }
  return reply;
}

const NULL = 0xf6;

async function wouldAbort({ connection, session, request: { params } }: Call): Promise<boolean> {
  const list = readHead(params, 0);
  if (list.argument !== 2 && list.argument !== -1) return false;
  const namespace = list.next;
  if (readHead(params, namespace).major === major.text) return false;
  const database = skipValue(params, namespace);
  if (isNullish(params, database)) return false;
  if (params[namespace] === NULL) return true;
  // A query's own USE can have selected a namespace that was never seen here, so the engine is asked.
  const question = codec.encode(['RETURN $session.ns', {}]);
  const reply = await connection.engine.execute(engineRequest('query', question, session.engineId));
  const results = reply.ok ? (codec.decode(reply.result) as { result: unknown }[]) : [];
  return typeof results[0]?.result !== 'string';
}
