/**
 * Service-only mode: the engine's permissions have holes for record users who may send any SurrealQL, so only a service
 * (a gateway) may act for them. A connection is trusted while a service user is signed in on its default session, and
 * record users are accepted only on its other sessions. Everywhere else, these requests are refused before the engine
 * sees them:
 *
 *   signup   refresh   revoke       used by record users only
 *   signin                          with an access of a database
 *   authenticate, Bearer            with a token of an access of a database
 *
 * Over HTTP a request has no other session, so record users are never accepted. SurrealQL has no statement that changes
 * who is signed in.
 *
 * An access of a database can also be one for users (JWT, BEARER FOR USER). It is refused too, because its kind could
 * change between the check and the sign-in.
 */
import type { RequestFrame } from '../protocol/frames.ts';
import { type RpcError, recordUsersRefused } from '../protocol/rpc-error.ts';
import type { Session } from '../session/session.ts';
import { asksForDatabaseAccess, readCredentials } from './credentials.ts';

/** The part of a connection that these rules read. */
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
export function acceptsRecordUsers(connection: SessionHolder, session: Session): boolean {
  if (!connection.serviceOnly) return true;
  const own = connection.session(undefined);
  if (own === undefined || own === session) return false;
  const { identity } = own;
  return identity.type === 'authenticated' && identity.user.type === 'service' && own.isSignedIn(connection.now());
}

/** Whether the user of this session may still use it. */
export function acceptsUserOf(connection: SessionHolder, session: Session): boolean {
  const { identity } = session;
  const isRecord = identity.type === 'authenticated' && identity.user.type === 'record';
  return !isRecord || acceptsRecordUsers(connection, session);
}

/** The error for a request that may not change who is signed in; undefined lets the engine decide. */
export function recordUserRefusal({ connection, session, request }: SessionRequest): RpcError | undefined {
  if (acceptsRecordUsers(connection, session)) return undefined;
  const credentials = readCredentials(request.method, request.params);
  if (credentials === undefined) return undefined;
  const isForRecords = ['signup', 'refresh', 'revoke'].includes(request.method);
  return isForRecords || asksForDatabaseAccess(credentials) ? recordUsersRefused() : undefined;
}
