/** Live queries: which of them run in which session, so that only their own session can end them by name. */
import { type Call, forward } from './call.ts';
import { arrayItems, BREAK, readHead, readMap, readText, readUuid, skipValue } from './cbor.ts';
import { fail, type Reply, uuidParams } from './frames.ts';
import { internalError, invalidParams, liveQueryNotSupported } from './rpc-error.ts';

/** `live`: answers with the live query's id. */
export async function startLive(call: Call): Promise<Reply> {
  const { connection, session } = call;
  if (!connection.canListen) return fail(liveQueryNotSupported());
  if (connection.liveCount >= connection.limits.lives) return fail(internalError('Too many live queries'));
  const reply = await forward(call);
  const live = reply.ok ? readUuid(reply.result, 0) : undefined;
  if (live !== undefined) session.lives.add(live);
  return reply;
}

/** `kill`: only what runs on this connection; the engine would end anybody's. */
export async function killLive(call: Call): Promise<Reply> {
  const { connection, request } = call;
  const [first] = arrayItems(request.params, 0);
  if (first === undefined) return fail(invalidParams('Expected (id)'));
  const live = readUuid(request.params, first);
  if (live === undefined) return fail(internalError('Cannot execute KILL statement using an id that is no UUID'));
  if (!connection.owns(live)) return fail(internalError(`Cannot execute KILL statement using id: u'${live}'`));
  return forward({ ...call, request: { ...request, params: uuidParams(live) } });
}

const LIVE = /live/i;
const LIVE_SELECT = /live\s+select\b/gi;

/** `query`: LIVE may stand among its statements; only such queries' results are looked into. */
export async function trackLives(call: Call): Promise<Reply> {
  const { connection, session, request } = call;
  const text = queryText(request.params);
  if (!LIVE.test(text)) return forward(call);
  const asked = text.match(LIVE_SELECT)?.length ?? 1;
  if (connection.liveCount + asked > connection.limits.lives) return fail(internalError('Too many live queries'));
  const reply = await forward(call);
  if (!reply.ok) return reply;
  for (const statement of readStatements(reply.result)) {
    if (statement.type === 'live' && statement.uuid !== undefined) session.lives.add(statement.uuid);
  }
  if (connection.liveCount <= connection.limits.lives) return reply;
  // Only somebody who hides them gets here, with a comment inside of the statement.
  await connection.endLives(session);
  return fail(internalError('Too many live queries'));
}

/** The statements, without the values bound to them, which may be large; whatever stands first is taken for them. */
function queryText(params: Uint8Array): string {
  const { next } = readHead(params, 0);
  const isEmpty = next === params.length || params[next] === BREAK;
  return isEmpty ? '' : latin1(params.subarray(next, skipValue(params, next)));
}

const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');

interface Statement {
  readonly type: string | undefined;
  /** The result, when it is a UUID. */
  readonly uuid: string | undefined;
}

/** The kinds of the statements of a query's result, read from the bytes; what they returned is passed over. */
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
