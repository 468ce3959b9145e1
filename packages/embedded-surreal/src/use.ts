/** `use`: selects namespace and database. */
import { type Call, forward } from './call.ts';
import { arrayItems, isNullish, readText } from './cbor.ts';
import { codec } from './codec.ts';
import { fail, type Reply, succeed } from './frames.ts';
import { invalidParams } from './rpc-error.ts';
import { defaultSelection, requireSelectable, select } from './selection.ts';
import type { Selection } from './session.ts';
import { askSession, type SessionFacts } from './session-facts.ts';

/** Text selects, null unselects, NONE leaves as it is. */
type Change = string | null | undefined;

/**
 * Selects at once for a session in which somebody is signed in. What a guest selects is only remembered: it counts when
 * somebody signs in who may have it, so that a guest can neither make anything by selecting it nor learn what exists. The
 * answer is the same; a guest could do nothing with the selection anyway.
 *
 * Asked for a database while no namespace is selected, the engine would abort the process ("namespace should be set").
 */
export async function selectDatabase(call: Call): Promise<Reply> {
  const { connection, session, request } = call;
  const [namespaceAt, databaseAt, more] = arrayItems(request.params, 0);
  if (namespaceAt === undefined || databaseAt === undefined || more !== undefined) {
    return fail(invalidParams('Expected (ns, db)'));
  }
  const namespace = readChange(request.params, namespaceAt);
  const database = readChange(request.params, databaseAt);
  // The engine refuses these in its own words; nothing else is sent along, or it would be selected before that.
  if (namespace === notAName) return refuseName(call, [decode(request.params)[0], undefined]);
  if (database === notAName) return refuseName(call, [undefined, decode(request.params)[1]]);

  const isSignedIn = session.isSignedIn(connection.now());
  const current = await currentSelection(call, isSignedIn);
  const asksForDefault = namespace === undefined && database === undefined && current.namespace === undefined;
  const wanted = asksForDefault
    ? await defaultSelection(connection.engine)
    : { namespace: changed(current.namespace, namespace), database: changed(current.database, database) };
  if (typeof database === 'string' && wanted.namespace === undefined) {
    return fail(invalidParams('Expected a namespace to be selected before the database'));
  }
  const selection = wanted.namespace === undefined ? { namespace: undefined, database: undefined } : wanted;
  if (!isSignedIn) {
    session.remembered = selection;
    return succeed(codec.encode(selection));
  }
  const refusal = await requireSelectable(call, selection, current);
  if (refusal !== undefined) return fail(refusal);
  return keepSelection(call, selection);
}

/** After a change of who is signed in: selects what was remembered, unless the new user brings a selection along. */
export async function applyRemembered(call: Call, facts: SessionFacts): Promise<void> {
  const { session } = call;
  const { remembered } = session;
  session.remembered = undefined;
  if (remembered === undefined || facts.level === 'database') return;
  if (facts.level === 'namespace' && remembered.namespace !== facts.namespace) return;
  const refusal = await requireSelectable(call, remembered, facts);
  // Nothing is selected rather than what was selected before.
  await keepSelection(call, refusal === undefined ? remembered : { namespace: undefined, database: undefined });
}

async function keepSelection(call: Call, selection: Selection): Promise<Reply> {
  const reply = await select(call, selection);
  if (reply.ok) {
    const selected = codec.decode(reply.result) as Partial<Selection>;
    call.session.namespace = selected.namespace;
    call.session.database = selected.database;
  }
  return reply;
}

/** A query's own USE can have selected something that was never seen here, so the engine is asked. */
async function currentSelection({ connection, session }: Call, isSignedIn: boolean): Promise<Selection> {
  if (!isSignedIn) return session.remembered ?? session;
  return (await askSession(connection.engine, session.engineId)) ?? { namespace: undefined, database: undefined };
}

const refuseName = (call: Call, params: unknown[]): Promise<Reply> =>
  forward({ ...call, request: { ...call.request, params: codec.encode(params) } });

const decode = (params: Uint8Array): unknown[] => codec.decode(params) as unknown[];

const changed = (current: string | undefined, change: Change): string | undefined =>
  change === undefined ? current : (change ?? undefined);

const notAName = Symbol('neither text, null nor NONE');

function readChange(params: Uint8Array, at: number): Change | typeof notAName {
  if (isNullish(params, at)) return params[at] === 0xf6 ? null : undefined;
  return readText(params, at) ?? notAName;
}
