/**
 * A session as one client has it: a session of the engine under a name only the server knows, and who is signed in.
 *
 *   anonymous ──sign in, sign up, authenticate, refresh──▶ authenticated ──invalidate, reset──▶ anonymous
 *
 * The engine lets a session in which nobody is signed in do everything, so this state decides who may work at all.
 * A failed sign-in leaves the engine's session, and so this state, as it was. An expired session stays authenticated
 * here: the engine itself refuses its work, also after it has been invalidated.
 */
import { randomUUID } from 'node:crypto';
import { SessionLives } from '../live-rules/session-lives.ts';
import { TurnQueue } from './turn-queue.ts';

export type Identity =
  | { readonly type: 'anonymous' }
  /** `expiresAt` in milliseconds since 1970; undefined never expires. */
  | { readonly type: 'authenticated'; readonly user: SignedInUser; readonly expiresAt: number | undefined };

/** A service user belongs to the root, a namespace or a database; a record user signed in through a record access. */
export type SignedInUser =
  | { readonly type: 'service' }
  /** `id` is unique in the server: `namespace/database/table:key`. */
  | { readonly type: 'record'; readonly id: string };

/** What a session works on. */
export interface Selection {
  readonly namespace: string | undefined;
  readonly database: string | undefined;
}

export const NOTHING_SELECTED: Selection = { namespace: undefined, database: undefined };

export const anonymous: Identity = { type: 'anonymous' };

/** A timer cannot wait longer, about 24 days; a session can. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class Session {
  /** What the engine calls it; made here, never by a client. */
  readonly engineId: string = randomUUID();
  /** What the client calls it; undefined is the connection's own session. */
  readonly clientId: string | undefined;
  /** Work shares its turn; whatever changes who is signed in or what is selected waits for its own. */
  readonly turns: TurnQueue = new TurnQueue();
  /** The live queries that run in this session. */
  readonly lives: SessionLives = new SessionLives();
  identity: Identity = anonymous;
  namespace: string | undefined;
  database: string | undefined;
  /** What a guest selected; it is applied when a user signs in. */
  remembered: Selection | undefined;

  #expiry: NodeJS.Timeout | undefined;

  constructor(clientId: string | undefined) {
    this.clientId = clientId;
  }

  /** Calls back once when it expires, unless another user has signed in by then. */
  onExpiry(now: number, expired: () => void): void {
    this.forgetExpiry();
    const { identity } = this;
    if (identity.type === 'anonymous' || identity.expiresAt === undefined) return;
    const left = Math.max(identity.expiresAt - now, 0);
    const wait = Math.min(left, LONGEST_TIMER_MS);
    this.#expiry = setTimeout(() => (wait === left ? expired() : this.onExpiry(now + wait, expired)), wait);
    this.#expiry.unref();
  }

  forgetExpiry(): void {
    clearTimeout(this.#expiry);
  }

  /** Whether a user is signed in and has not expired. */
  isSignedIn(now: number): boolean {
    return this.identity.type === 'authenticated' && (this.identity.expiresAt ?? Number.POSITIVE_INFINITY) > now;
  }
}
