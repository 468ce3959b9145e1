/**
 * Service-only mode: the engine's permissions have holes for record users who may send any SurrealQL, so only a service (a
 * gateway) may speak for them. A connection is trusted while a service user is signed in on its own session; record users
 * are accepted on its other sessions. Everything else about them is refused before the engine sees it:
 *
 *   signup   refresh   revoke       only record users have any
 *   signin                          with an access of a database
 *   authenticate, Bearer            with a token of an access of a database
 *
 * Over HTTP a request has no other session, so no record user is ever accepted there. SurrealQL itself has no statement
 * that changes who is signed in.
 *
 * An access of a database may also be one for users (JWT, BEARER FOR USER); it is refused all the same, because what kind
 * it is may change between the question and the answer.
 */
import type { RequestFrame } from '../protocol/frames.ts';
import { type RpcError, recordUsersRefused } from '../protocol/rpc-error.ts';
import type { Session } from '../session/session.ts';
import { asksForDatabaseAccess, readCredentials } from './credentials.ts';

/** What these rules read of a connection, which applies them to its own sessions. */
interface SessionHolder {
  readonly serviceOnly: boolean;
  readonly now: () => number;
  session(name: undefined): Session | undefined;
}

interface SessionRequest {
  readonly connection: SessionHolder;
  readonly session: Session;
  readonly request: RequestFrame;
}

/** Whether record users may be signed in on this session now. */
export function mayHoldRecordUsers(connection: SessionHolder, session: Session): boolean {
  if (!connection.serviceOnly) return true;
  const own = connection.session(undefined);
  if (own === undefined || own === session) return false;
  const { identity } = own;
  return identity.type === 'authenticated' && identity.user.type === 'service' && own.isSignedIn(connection.now());
}

/** Whether the user of this session may still work in it. */
export function admits(connection: SessionHolder, session: Session): boolean {
  const { identity } = session;
  const isRecord = identity.type === 'authenticated' && identity.user.type === 'record';
  return !isRecord || mayHoldRecordUsers(connection, session);
}

/** Why a request may not change who is signed in; undefined lets the engine decide. */
export function refusalOfRecordUser({ connection, session, request }: SessionRequest): RpcError | undefined {
  if (mayHoldRecordUsers(connection, session)) return undefined;
  const credentials = readCredentials(request.method, request.params);
  if (credentials === undefined) return undefined;
  const isForRecords = ['signup', 'refresh', 'revoke'].includes(request.method);
  return isForRecords || asksForDatabaseAccess(credentials) ? recordUsersRefused() : undefined;
}
