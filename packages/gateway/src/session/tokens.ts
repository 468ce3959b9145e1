import { createHash, createHmac, randomBytes } from 'node:crypto';
import type { RecordId } from 'surrealdb';
import { GATEWAY_ACCESS } from '../install/names.ts';
import { LIMITS } from '../limits.ts';
import { textOfRecordId } from './record-id-text.ts';

/** What a cookie or an `Authorization` header holds: 256 random bits. The database knows only the hash. */
export function newSessionToken(): string {
  return randomBytes(32).toString('base64url');
}

/** Whether a text can be a session token at all; anything else is not looked up. */
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

/** The database's clock may be behind this one by so much. */
const CLOCK_TOLERANCE_S = 60;

/** A token that signs one user in on one engine session. It never leaves the gateway, so it need not last. */
export function mintEngineToken({ tokenKey, namespace, database, user, now }: EngineTokenOptions): string {
  const seconds = Math.floor(now / 1_000);
  const since = seconds - CLOCK_TOLERANCE_S;
  const signed = [
    { alg: 'HS512', typ: 'JWT' },
    {
      NS: namespace,
      DB: database,
      AC: GATEWAY_ACCESS,
      ID: textOfRecordId(user),
      iat: since,
      nbf: since,
      exp: seconds + LIMITS.session.tokenMs / 1_000,
    },
  ]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${signed}.${createHmac('sha512', tokenKey).update(signed).digest('base64url')}`;
}
