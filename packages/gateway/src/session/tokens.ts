import { createHash, createHmac, randomBytes } from 'node:crypto';
import { textOfRecordId } from '@spookify/surreal-link/values';
import type { RecordId } from 'surrealdb';
import { GATEWAY_ACCESS } from '../install/names.ts';
import { LIMITS } from '../limits.ts';

/**
 * A new session token, for a cookie or an `Authorization` header: 256 random bits. The database stores only its hash.
 */
export function newSessionToken(): string {
  return randomBytes(32).toString('base64url');
}

/** Whether a text has the form of a session token. Other texts are not looked up. */
export function isSessionToken(text: string): boolean {
  return /^[\w-]{43}$/.test(text);
}

/** The key of a session's row. */
export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

export interface EngineTokenOptions {
  readonly tokenKey: string;
  readonly namespace: string;
  readonly database: string;
  readonly user: RecordId;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * Signs a token that authenticates one user in one engine session. It never leaves the gateway and is used at once, so
 * it is short-lived. It has no earliest time, so the database may be behind this machine by any time, and ahead of it by
 * the lifetime of the token.
 */
export function mintEngineToken({ tokenKey, namespace, database, user, now }: EngineTokenOptions): string {
  const seconds = Math.floor(now / 1_000);
  const signed = [
    { alg: 'HS512', typ: 'JWT' },
    {
      NS: namespace,
      DB: database,
      AC: GATEWAY_ACCESS,
      ID: textOfRecordId(user),
      exp: seconds + LIMITS.session.tokenMs / 1_000,
    },
  ]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${signed}.${createHmac('sha512', tokenKey).update(signed).digest('base64url')}`;
}
