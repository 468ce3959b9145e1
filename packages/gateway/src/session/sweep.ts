import type { Queries } from '@spookify/surreal-link';
import type { RecordId } from 'surrealdb';
import { SESSION_TABLE } from '../install/names.ts';
import { LIMITS } from '../limits.ts';

/*
 * Deletes sessions that ended without a sign-out: expired ones, and those of deleted users. Every gateway deletes a
 * small portion at a time, so a sweep never blocks others. If two gateways take the same portion, nothing breaks.
 */

// Index: spooky_session_expires_at. The engine uses it only if the bound is a value and not an expression.
const EXPIRED = `LET $now = time::now();
  DELETE (SELECT VALUE id FROM ${SESSION_TABLE} WHERE expires_at < $now LIMIT $portion) RETURN NONE`;
const NEXT = `SELECT id, record::exists(user) AS hasUser FROM ${SESSION_TABLE} WHERE id > $last ORDER BY id LIMIT $portion`;
const FIRST = `SELECT id, record::exists(user) AS hasUser FROM ${SESSION_TABLE} ORDER BY id LIMIT $portion`;

/**
 * Returns a function that sweeps one portion; each call continues where the last one stopped.
 *
 * @param onEnded called after each portion, in which sessions may have ended
 */
export function createSweep(database: Queries, onEnded: () => void): () => Promise<void> {
  const { sweepPortion: portion } = LIMITS.session;
  let last: RecordId | undefined;
  return async () => {
    await database.query(EXPIRED, { portion });
    const rows = await database.query<{ id: RecordId; hasUser: boolean }[]>(last ? NEXT : FIRST, { last, portion });
    last = rows.length < portion ? undefined : rows.at(-1)?.id;
    const ids = rows.filter(({ hasUser }) => !hasUser).map(({ id }) => id);
    if (ids.length > 0) await database.query('DELETE $ids RETURN NONE', { ids });
    onEnded();
  };
}
