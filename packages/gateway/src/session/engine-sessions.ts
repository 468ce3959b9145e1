import type { SessionPool, UserSession } from '@spookify/surreal-link';
import type { RecordId } from 'surrealdb';
import { type LimitedQueries, limitConcurrency } from '../concurrency/limit-concurrency.ts';
import { LIMITS } from '../limits.ts';
import { mintEngineToken } from './tokens.ts';

/** Engine sessions by user. All sockets of a user share one, to which the database's permissions apply. */
export interface EngineSessions {
  /** Opens no session in the database before the first query. Call `release` once, after the socket has closed. */
  lease(user: RecordId): { readonly engine: LimitedQueries; release(): void };
}

export interface EngineSessionsOptions {
  readonly pool: SessionPool;
  readonly tokenKey: string;
  readonly namespace: string;
  readonly database: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export function createEngineSessions({ pool, now, ...names }: EngineSessionsOptions): EngineSessions {
  const sessions = new Map<
    string,
    { readonly session: UserSession; readonly engine: LimitedQueries; leases: number }
  >();
  function begin(user: RecordId) {
    const session = pool.session(() => ({ token: mintEngineToken({ ...names, user, now: now() }) }));
    return { session, engine: limitConcurrency(session, LIMITS.session.queriesAtOnce), leases: 0 };
  }

  return {
    lease(user) {
      const key = user.toString();
      const shared = sessions.get(key) ?? begin(user);
      sessions.set(key, shared);
      shared.leases += 1;
      let isReleased = false;
      return {
        engine: shared.engine,
        release() {
          if (isReleased) return;
          isReleased = true;
          shared.leases -= 1;
          if (shared.leases > 0) return;
          sessions.delete(key);
          void shared.session.close();
        },
      };
    },
  };
}
