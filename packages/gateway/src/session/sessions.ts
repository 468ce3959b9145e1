import type { Queries } from '@spookify/surreal-link';
import { RecordId } from 'surrealdb';
import { GatewayError } from '../errors.ts';
import { SESSION_TABLE } from '../install/names.ts';
import { LIMITS } from '../limits.ts';
import { groupedLookup } from './grouped-lookup.ts';
import { hashOf, newSessionToken } from './tokens.ts';

/** A signed-in user's session. */
export interface Session {
  /** The id of its row. The key is the hash of the token. */
  readonly id: RecordId;
  readonly user: RecordId;
  /** The record access that the user signed in with. */
  readonly access: string;
  /** Milliseconds until it ends unless it is renewed, measured by the database's clock. */
  readonly leftMs: number;
}

/**
 * The sessions of all gateways of one database. Times come from the database, so a gateway's clock does not matter.
 * Lookups that come at the same time share a query.
 */
export interface Sessions {
  /** @param lifetimeMs how long the session lasts without a renewal */
  begin(user: RecordId, access: string, lifetimeMs: number): Promise<{ token: string; session: Session }>;
  /**
   * The session of a token. Undefined if the token is unknown or the session has ended, has expired, or its user was
   * deleted.
   */
  find(token: string): Promise<Session | undefined>;
  /** The sessions among these rows that are still valid. */
  findValid(ids: readonly RecordId[]): Promise<Session[]>;
  /** Restarts the session's lifetime. Returns false if the session has ended. */
  renew(id: RecordId, lifetimeMs: number): Promise<boolean>;
  /** Ends the sessions of these tokens; every gateway closes their sockets. Unknown tokens are ignored. */
  end(tokens: readonly string[]): Promise<void>;
  /** Deletes rows of sessions that are no longer valid. */
  remove(ids: readonly RecordId[]): Promise<void>;
}

const BEGIN = `CREATE ONLY $id SET user = $user, access = $via,
  expires_at = time::now() + duration::from_millis($lifetimeMs) RETURN NONE`;
const VALID = `SELECT id, user, access, duration::millis(expires_at - time::now()) AS leftMs FROM $ids
  WHERE expires_at > time::now() AND record::exists(user)`;
const RENEW = `UPDATE $id SET expires_at = time::now() + duration::from_millis($lifetimeMs)
  WHERE expires_at > time::now() AND record::exists(user) RETURN id`;

/** @param onEnded called after sessions were ended here */
export function createSessions(database: Queries, onEnded: () => void): Sessions {
  const lookUp = groupedLookup(
    (ids: readonly RecordId[]) => database.query<Session[]>(VALID, { ids }),
    ({ id }) => id.toString(),
  );
  const remove = async (ids: readonly RecordId[]): Promise<void> => {
    await database.query('DELETE $ids RETURN NONE', { ids });
    onEnded();
  };
  return {
    async begin(user, access, lifetimeMs) {
      const token = newSessionToken();
      const id = idOf(token);
      await database.query(BEGIN, { id, user, via: access, lifetimeMs });
      return { token, session: { id, user, access, leftMs: lifetimeMs } };
    },
    find: (token) => lookUp(idOf(token)),
    findValid: async (ids) => (await Promise.all(ids.map(lookUp))).filter((session) => session !== undefined),
    renew: async (id, lifetimeMs) => (await database.query<unknown[]>(RENEW, { id, lifetimeMs })).length > 0,
    async end(tokens) {
      if (tokens.length > 0) await remove(tokens.map(idOf));
    },
    remove,
  };
}

/** When a client should renew a session: well before it ends. */
export function renewInMs(leftMs: number): number {
  return Math.max(0, Math.min(LIMITS.session.renewMs, Math.floor(leftMs / 2)));
}

export function signedOut(): GatewayError {
  return new GatewayError('SPOOKY_GATEWAY_SIGNED_OUT', 'There is no session, or it has ended; sign in.');
}

function idOf(token: string): RecordId {
  return new RecordId(SESSION_TABLE, hashOf(token));
}
