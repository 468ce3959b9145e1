/** `use`: selects namespace and database. */
import { type Call, forward } from '../protocol/call.ts';
import { arrayItems, isNullish, MalformedCbor, readText } from '../protocol/cbor.ts';
import { codec } from '../protocol/codec.ts';
import { fail, type Reply, succeed } from '../protocol/frames.ts';
import { invalidParams, parseError } from '../protocol/rpc-error.ts';
import { defaultSelection, requireSelectable, select } from './selection.ts';
import { NOTHING_SELECTED, type Selection } from './session.ts';
import { askSession, type SessionFacts } from './session-facts.ts';

/** Text selects, null unselects, NONE leaves as it is. */
type Change = string | null | undefined;

/**
 * Selects at once for a signed-in user. What a guest selects is only remembered, and applied when a user signs in who may
 * have it, so a guest can neither make anything by selecting it nor learn what exists. The answer is the same, and a guest
 * could do nothing with the selection anyway.
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
  if (namespace === notAName) return refuseName(call, 0);
  if (database === notAName) return refuseName(call, 1);

  const isSignedIn = session.isSignedIn(connection.now());
  const current = await currentSelection(call, isSignedIn);
  const asksForDefault = namespace === undefined && database === undefined && current.namespace === undefined;
  const wanted = asksForDefault
    ? await defaultSelection(connection.engine)
    : { namespace: changed(current.namespace, namespace), database: changed(current.database, database) };
  if (typeof database === 'string' && wanted.namespace === undefined) {
    return fail(invalidParams('Expected a namespace to be selected before the database'));
  }
  const selection = wanted.namespace === undefined ? NOTHING_SELECTED : wanted;
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
  await keepSelection(call, refusal === undefined ? remembered : NOTHING_SELECTED);
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

/** Asks the engine: a USE inside a query changes the selection without this server's knowledge. */
async function currentSelection({ connection, session }: Call, isSignedIn: boolean): Promise<Selection> {
  if (!isSignedIn) return session.remembered ?? session;
  return (await askSession(connection.engine, session.engineId)) ?? NOTHING_SELECTED;
}

async function refuseName(call: Call, position: 0 | 1): Promise<Reply> {
  const value = valueAt(call.request.params, position);
  // Text in chunks, which the SDK's codec and the engine read differently: one of them might select something by it.
  if (typeof value === 'string') return fail(parseError());
  const params = position === 0 ? [value, undefined] : [undefined, value];
  return forward({ ...call, request: { ...call.request, params: codec.encode(params) } });
}

function valueAt(params: Uint8Array, position: number): unknown {
  try {
    return (codec.decode(params) as unknown[])[position];
  } catch (cause) {
    throw new MalformedCbor('a value that cannot be read', { cause });
  }
}

const changed = (current: string | undefined, change: Change): string | undefined =>
  change === undefined ? current : (change ?? undefined);

const notAName = Symbol('neither text, null nor NONE');

function readChange(params: Uint8Array, at: number): Change | typeof notAName {
  if (isNullish(params, at)) return params[at] === 0xf6 ? null : undefined;
  return readText(params, at) ?? notAName;
}
