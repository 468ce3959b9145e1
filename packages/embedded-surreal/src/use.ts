import { type Call, forward } from './call.ts';
import { arrayItems, isNullish, readText } from './cbor.ts';
import { codec } from './codec.ts';
import { fail, type Reply } from './frames.ts';
import { invalidParams } from './rpc-error.ts';
import { askSession } from './session-facts.ts';

/** Text selects, null unselects, NONE leaves as it is. */
type Selection = string | null | undefined;

/**
 * `use`: selects namespace and database. Asked for a database while no namespace is selected, the engine would abort
 * the whole process ("namespace should be set"), so its parameters are read here, and sent on as they were understood.
 */
export async function selectDatabase(call: Call): Promise<Reply> {
  const { session, request } = call;
  const [namespaceAt, databaseAt, more] = arrayItems(request.params, 0);
  if (namespaceAt === undefined || databaseAt === undefined || more !== undefined) {
    return fail(invalidParams('Expected (ns, db)'));
  }
  const namespace = readSelection(request.params, namespaceAt);
  const database = readSelection(request.params, databaseAt);
  // What is neither text, null nor NONE, the engine refuses in its own words; a namespace before it stays selected.
  if (namespace === notAName || database === notAName) {
    const refusal = await forward(call);
    if (typeof namespace !== 'symbol') await learnSelection(call);
    return refusal;
  }
  if (typeof database === 'string' && !(typeof namespace === 'string' || (await keepsNamespace(call, namespace)))) {
    return fail(invalidParams('Expected a namespace to be selected before the database'));
  }
  const reply = await forward({ ...call, request: { ...request, params: codec.encode([namespace, database]) } });
  if (reply.ok) {
    const selected = codec.decode(reply.result) as { namespace?: string; database?: string };
    session.namespace = selected.namespace;
    session.database = selected.database;
  }
  return reply;
}

async function learnSelection({ connection, session }: Call): Promise<void> {
  const facts = await askSession(connection.engine, session.engineId);
  session.namespace = facts?.namespace;
  session.database = facts?.database;
}

const notAName = Symbol('neither text, null nor NONE');

function readSelection(params: Uint8Array, at: number): Selection | typeof notAName {
  if (isNullish(params, at)) return params[at] === 0xf6 ? null : undefined;
  return readText(params, at) ?? notAName;
}

/** A query's own USE can have selected a namespace that was never seen here, so the engine is asked. */
async function keepsNamespace({ connection, session }: Call, namespace: null | undefined): Promise<boolean> {
  if (namespace === null) return false;
  return (await askSession(connection.engine, session.engineId))?.namespace !== undefined;
}
