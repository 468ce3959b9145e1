/** RPC `use`: selects a namespace and a database. */
import { type Call, forward } from '../protocol/call.ts';
import { arrayItems, isNullish, MalformedCbor, readText } from '../protocol/cbor.ts';
import { codec } from '../protocol/codec.ts';
import { fail, type Reply, succeed } from '../protocol/frames.ts';
import { invalidParams, parseError } from '../protocol/rpc-error.ts';
import { defaultSelection, requireSelectable, select } from './selection.ts';
import { NOTHING_SELECTED, type Selection } from './session.ts';
import { askSession, type SessionFacts } from './session-facts.ts';

/** Text selects, null unselects, NONE keeps the current selection. */
type Change = string | null | undefined;

/**
 * Selects immediately for a signed-in user. A guest's selection is only stored and applied when a user signs in who may
 * make it. So a guest can neither create anything by selecting it nor find out what exists. The answer is the same, and
 * a guest could do nothing with the selection anyway.
 *
 * If a database is selected while no namespace is, the engine aborts the process ("namespace should be set").
 */
export async function selectDatabase(call: Call): Promise<Reply> {
  const { connection, session, request } = call;
  const [namespaceAt, databaseAt, more] = arrayItems(request.params, 0);
  if (namespaceAt === undefined || databaseAt === undefined || more !== undefined) {
    return fail(invalidParams('Expected (ns, db)'));
  }
  const namespace = readChange(request.params, namespaceAt);
  const database = readChange(request.params, databaseAt);
  // The engine refuses these with its own error. The other name is not sent along, or the engine would select it first.
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
    session.guestSelection = selection;
    return succeed(codec.encode(selection));
  }
  const refusal = await requireSelectable(call, selection, current);
  if (refusal !== undefined) return fail(refusal);
  return keepSelection(call, selection);
}

/**
 * Called after a sign-in: applies the stored selection of the guest, unless the user belongs to another database or
 * namespace.
 */
export async function applyGuestSelection(call: Call, facts: SessionFacts): Promise<void> {
  const { session } = call;
  const { guestSelection } = session;
  session.guestSelection = undefined;
  if (guestSelection === undefined || facts.level === 'database') return;
  if (facts.level === 'namespace' && guestSelection.namespace !== facts.namespace) return;
  const refusal = await requireSelectable(call, guestSelection, facts);
  // Selects nothing rather than keep the earlier selection.
  await keepSelection(call, refusal === undefined ? guestSelection : NOTHING_SELECTED);
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

/** Asks the engine, because a USE in a query changes the selection without the server's knowledge. */
async function currentSelection({ connection, session }: Call, isSignedIn: boolean): Promise<Selection> {
  if (!isSignedIn) return session.guestSelection ?? session;
  return (await askSession(connection.engine, session.engineId)) ?? NOTHING_SELECTED;
}

async function refuseName(call: Call, position: 0 | 1): Promise<Reply> {
  const value = valueAt(call.request.params, position);
  // Chunked text, which the SDK's codec and the engine read differently. One of them might accept it as a name.
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
