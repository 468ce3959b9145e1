import type { Queries } from '@spookify/surreal-link';
import { RecordId } from 'surrealdb';
import { GatewayError } from '../errors.ts';
import { SESSION_TABLE } from '../install/names.ts';
import { LIMITS } from '../limits.ts';
import { hashOf, newSessionToken } from './tokens.ts';

/** Somebody who is signed in. */
export interface Session {
  /** The row. Its key is the hash of the token. */
  readonly id: RecordId;
  readonly user: RecordId;
  /** The record access that it was begun with. */
  readonly access: string;
  /** When it ends unless it is renewed, by the database's clock. */
  readonly leftMs: number;
}

/** The sessions of all gateways of one database. Times come from the database, so a gateway's clock does not matter. */
export interface Sessions {
  /** @param lifetimeMs how long it lasts without a renewal */
  begin(user: RecordId, access: string, lifetimeMs: number): Promise<{ token: string; session: Session }>;
  /** The session of a token, or undefined: unknown, ended, expired, or its user was deleted. */
  find(token: string): Promise<Session | undefined>;
  /** Those of these rows that still stand. */
  standing(ids: readonly RecordId[]): Promise<Session[]>;
  /** Begins its lifetime anew. Returns false if it has ended meanwhile. */
  renew(id: RecordId, lifetimeMs: number): Promise<boolean>;
  /** Ends those of these tokens; sockets of every gateway close. Unknown tokens are ignored. */
  end(tokens: readonly string[]): Promise<void>;
  /** Removes rows that do not stand any more. */
  clear(ids: readonly RecordId[]): Promise<void>;
}

const BEGIN = `CREATE ONLY $id SET user = $user, access = $via,
  expires_at = time::now() + duration::from_millis($lifetimeMs) RETURN NONE`;
const STANDING = `SELECT id, user, access, duration::millis(expires_at - time::now()) AS leftMs FROM $ids
  WHERE expires_at > time::now() AND record::exists(user)`;
const RENEW = `UPDATE $id SET expires_at = time::now() + duration::from_millis($lifetimeMs)
  WHERE expires_at > time::now() AND record::exists(user) RETURN id`;

/** @param onEnded called after sessions were ended here */
export function createSessions(database: Queries, onEnded: () => void): Sessions {
  const standing = (ids: readonly RecordId[]): Promise<Session[]> => database.query<Session[]>(STANDING, { ids });
  const clear = async (ids: readonly RecordId[]): Promise<void> => {
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
    find: async (token) => (await standing([idOf(token)]))[0],
    standing,
    renew: async (id, lifetimeMs) => (await database.query<unknown[]>(RENEW, { id, lifetimeMs })).length > 0,
    async end(tokens) {
      if (tokens.length > 0) await clear(tokens.map(idOf));
    },
    clear,
  };
}

/** When a client is to renew a session: well before it ends. */
export function renewInMs(leftMs: number): number {
  return Math.max(0, Math.min(LIMITS.session.renewMs, Math.floor(leftMs / 2)));
}

export function signedOut(): GatewayError {
  return new GatewayError('SPOOKY_GATEWAY_SIGNED_OUT', 'There is no session, or it has ended; sign in.');
}

function idOf(token: string): RecordId {
  return new RecordId(SESSION_TABLE, hashOf(token));
}
