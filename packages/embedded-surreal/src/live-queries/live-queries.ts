/** Live queries: who may start which ones, how many, and in which session each one runs. */
import { Table } from 'surrealdb';
import { type Call, forward } from '../protocol/call.ts';
import { arrayItems, readMap, readText, readUuid } from '../protocol/cbor.ts';
import { codec } from '../protocol/codec.ts';
import { fail, type Reply, uuidParams } from '../protocol/frames.ts';
import { queryText, withText } from '../protocol/query-text.ts';
import { internalError, invalidParams, liveQueryNotSupported, type RpcError } from '../protocol/rpc-error.ts';
import type { LiveQueryOwner, LiveQueryPlace } from './live-query-counts.ts';
import { findLiveStatements, namedTables } from './live-statements.ts';

/** RPC `live`: returns the id of the new live query. */
export async function startLiveQuery(call: Call): Promise<Reply> {
  const { connection, session } = call;
  if (!connection.canListen) return fail(liveQueryNotSupported());
  const values = codec.decode(call.request.params) as unknown[];
  const [what] = values;
  const table = what instanceof Table ? what.name : what;
  if (typeof table !== 'string' && recordUser(call) !== undefined) return fail(onlyBareLive());
  await connection.liveQueryCounts.prepare();
  const places = takePlaces(call, [typeof table === 'string' ? table : undefined]);
  if (!Array.isArray(places)) return fail(places);
  // Encode the values again: the engine reads chunked text differently and could count it for another table.
  const reply = await forward({ ...call, request: { ...call.request, params: codec.encode(values) } });
  const live = reply.ok ? readUuid(reply.result, 0) : undefined;
  if (live === undefined) release(places);
  else session.liveQueries.add(live, places[0]);
  return reply;
}

/** RPC `kill`: ends only live queries of this connection, because the engine would end any client's. */
export async function killLiveQuery(call: Call): Promise<Reply> {
  const { connection, request } = call;
  const [first] = arrayItems(request.params, 0);
  if (first === undefined) return fail(invalidParams('Expected (id)'));
  const live = readUuid(request.params, first);
  if (live === undefined) return fail(internalError('Cannot execute KILL statement using an id that is not a UUID'));
  if (!connection.ownsLiveQuery(live)) return fail(internalError(`Cannot execute KILL statement using id: u'${live}'`));
  return forward({ ...call, request: { ...request, params: uuidParams(live) } });
}

const LIVE = /\blive\b/i;

/** RPC `query`: a text with the word LIVE may start live queries, so its results are inspected. */
export async function trackLiveQueries(call: Call): Promise<Reply> {
  const bytes = queryText(call.request.params);
  // Keywords are ASCII, so one character per byte is enough to find them and is the cheapest.
  if (bytes === undefined || !LIVE.test(bytes.toString('latin1'))) return forward(call);
  const text = bytes.toString('utf-8');
  if (recordUser(call) === undefined) return runWithLiveQueries(call, namedTables(call, text));
  const found = await findLiveStatements(call, text);
  if (found.type === 'refused') return fail(onlyBareLive());
  if (found.tables.length === 0) return forward(call);
  const { request } = call;
  return runWithLiveQueries(
    { ...call, request: { ...request, params: withText(request.params, found.text) } },
    found.tables,
  );
}

async function runWithLiveQueries(call: Call, tables: readonly (string | undefined)[]): Promise<Reply> {
  const { connection, session } = call;
  await connection.liveQueryCounts.prepare();
  const places = takePlaces(call, tables);
  if (!Array.isArray(places)) return fail(places);
  const free = [...places];
  try {
    const reply = await forward(call);
    for (const { type, uuid } of reply.ok ? readStatements(reply.result) : []) {
      if (type !== 'live') continue;
      const place = free.shift();
      if (uuid === undefined) place?.release();
      else session.liveQueries.add(uuid, place);
    }
    return reply;
  } finally {
    release(free);
  }
}

/** Reserves a place for each live query, or returns an error that names the limit. */
function takePlaces(call: Call, tables: readonly (string | undefined)[]) {
  const { connection, session } = call;
  const user = recordUser(call);
  const database = `${session.namespace}/${session.database}`;
  const owners = tables.map(
    (table): LiveQueryOwner => ({
      connection: connection.id,
      user,
      table: table === undefined ? undefined : `${database}/${table}`,
    }),
  );
  const taken = connection.liveQueryCounts.take(owners, connection.limits);
  return Array.isArray(taken) ? taken : internalError(`Too many live queries${REACHED[taken]}`);
}

const release = (places: readonly LiveQueryPlace[]): void => {
  for (const place of places) place.release();
};

const REACHED = { connection: '', user: ' of this user', table: ' on this table' } as const;

const onlyBareLive = (): RpcError => ({
  code: -32002,
  kind: 'NotAllowed',
  message:
    'Record users may use LIVE only as LIVE SELECT * FROM table or LIVE SELECT DIFF FROM table. ' +
    'Name one table, and filter the notifications instead.',
});

function recordUser({ session: { identity } }: Call): string | undefined {
  return identity.type === 'authenticated' && identity.user.type === 'record' ? identity.user.id : undefined;
}

interface Statement {
  readonly type: string | undefined;
  /** The result, if it is a UUID. */
  readonly uuid: string | undefined;
}

/** The type of each statement in a query's result, read from the bytes without decoding the rows. */
function readStatements(result: Uint8Array): Statement[] {
  return arrayItems(result, 0).map((item) => {
    let type: string | undefined;
    let resultAt = item;
    readMap(result, item, (key, start) => {
      if (key === 'type') type = readText(result, start);
      if (key === 'result') resultAt = start;
    });
    return { type, uuid: type === 'live' ? readUuid(result, resultAt) : undefined };
  });
}
