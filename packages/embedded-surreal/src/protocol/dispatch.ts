/**
 * Every RPC method: who may call it, and what the server does before and after the engine.
 *
 *   anyone         ping version · attach detach sessions · signin signup authenticate refresh revoke
 *                  invalidate reset · use let set unset · commit cancel
 *   signed in      everything that touches data, and begin
 *   service users  write_signal
 */

import { killLiveQuery, startLiveQuery } from '../live-queries/live-queries.ts';
import { runQuery } from '../query/query.ts';
import type { Connection } from '../session/connection.ts';
import { beginTransaction, endTransaction, inTransaction } from '../session/transactions.ts';
import { selectDatabase } from '../session/use.ts';
import { changeIdentity, clearIdentity, revokeToken } from '../sign-in/identity.ts';
import { acceptsUserOf } from '../sign-in/service-only.ts';
import { signalsQuery, signalsWrite } from '../write-signal/signal-writes.ts';
import { WRITE_SIGNAL, waitForWrite } from '../write-signal/wait-for-write.ts';
import { forward, type Handler } from './call.ts';
import { MalformedCbor, none } from './cbor.ts';
import { codec } from './codec.ts';
import { engineRequest, fail, type Reply, type RequestFrame, succeed } from './frames.ts';
import { patchRecord } from './patch.ts';
import {
  anonymousNotAllowed,
  internalError,
  invalidParams,
  methodNotAllowed,
  methodNotFound,
  parseError,
  type RpcError,
  recordUsersRefused,
  sessionExists,
  sessionNotFound,
} from './rpc-error.ts';

/** For methods that change the session: waits for earlier work and holds back later work. */
const alone =
  (handler: Handler): Handler =>
  (call) =>
    call.session.turns.exclusive(() => handler(call));

/** For methods that touch data: requires a signed-in user, which is checked when the request's turn comes. */
const signedIn =
  (handler: Handler): Handler =>
  (call) =>
    inTransaction(call, () =>
      call.session.turns.shared(async () => {
        if (call.session.identity.type !== 'authenticated') return fail(anonymousNotAllowed());
        return acceptsUserOf(call.connection, call.session) ? handler(call) : fail(recordUsersRefused());
      }),
    );

const data = signedIn(forward);
const write = signedIn(signalsWrite(forward));

const handlers: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ['signin', alone(changeIdentity)],
  ['signup', alone(changeIdentity)],
  ['authenticate', alone(changeIdentity)],
  ['refresh', alone(changeIdentity)],
  ['revoke', revokeToken],
  ['invalidate', alone(clearIdentity)],
  ['reset', alone(clearIdentity)],
  ['use', alone(selectDatabase)],
  ['let', alone(forward)],
  ['set', alone(forward)],
  ['unset', alone(forward)],
  ['begin', signedIn(beginTransaction)],
  ['commit', endTransaction],
  ['cancel', endTransaction],
  ['query', signedIn(signalsQuery(runQuery))],
  ['live', signedIn(startLiveQuery)],
  ['kill', signedIn(killLiveQuery)],
  ['info', data],
  ['select', data],
  ['create', write],
  ['insert', write],
  ['insert_relation', write],
  ['update', write],
  ['upsert', write],
  ['merge', write],
  ['patch', signedIn(signalsWrite(patchRecord))],
  ['delete', write],
  ['relate', write],
  ['run', write],
  [WRITE_SIGNAL, waitForWrite],
]);

/** Over HTTP a connection is one request, so methods whose effect would outlive it are refused. */
const notOverHttp: ReadonlyMap<string, (method: string) => RpcError> = new Map([
  ['begin', methodNotFound],
  ['commit', methodNotFound],
  ['cancel', methodNotFound],
  ['attach', methodNotAllowed],
  ['detach', methodNotAllowed],
]);

/** Answers one request. Never rejects because of anything that a client sends. */
export async function dispatch(connection: Connection, request: RequestFrame): Promise<Reply> {
  const refusal = connection.canListen ? undefined : notOverHttp.get(request.method);
  if (refusal !== undefined) return fail(refusal(request.method));
  switch (request.method) {
    case 'ping':
      return succeed(none);
    case 'version':
      return connection.engine.execute(engineRequest('version', request.params, undefined));
    case 'attach':
      return attach(connection, request);
    case 'detach':
      return detach(connection, request);
    case 'sessions':
      return succeed(codec.encode(connection.sessionIds().map(codec.uuid)));
  }
  const handler = handlers.get(request.method);
  if (handler === undefined) return fail(methodNotFound());
  const session = connection.session(request.session);
  if (session === undefined) return fail(sessionNotFound(String(request.session)));
  return handler({ connection, session, request }).catch(refuseMalformed);
}

/** Parameters are parsed only by the methods that need them, so malformed ones are found late. */
function refuseMalformed(error: unknown): Reply {
  if (error instanceof MalformedCbor) return fail(parseError());
  throw error;
}

async function attach(connection: Connection, { session }: RequestFrame): Promise<Reply> {
  if (session === undefined) return fail(invalidParams('Expected a session ID'));
  if (connection.session(session) !== undefined) return fail(sessionExists(session));
  if (connection.sessionIds().length >= connection.limits.sessions) return fail(internalError('Too many sessions'));
  await connection.addSession(session);
  return succeed(none);
}

async function detach(connection: Connection, { session: id }: RequestFrame): Promise<Reply> {
  if (id === undefined) return fail(invalidParams('Expected a session ID'));
  const session = connection.session(id);
  if (session !== undefined) await connection.removeSession(session);
  return succeed(none);
}
