/**
 * A session of a client: a session of the engine, whose id only the server knows, and the user who is signed in.
 *
 *   anonymous ──sign in, sign up, authenticate, refresh──▶ authenticated ──invalidate, reset──▶ anonymous
 *
 * The engine lets a session without a signed-in user do everything, so this state decides who may work at all. A failed
 * sign-in changes neither the engine's session nor this state. An expired session stays authenticated here: the engine
 * itself refuses its requests, also after it was invalidated.
 */
import { randomUUID } from 'node:crypto';
import { SessionLiveQueries } from '../live-queries/session-live-queries.ts';
import { TurnQueue } from './turn-queue.ts';

/** Who is signed in. */
export type Identity =
  | { readonly type: 'anonymous' }
  /** `expiresAt` in milliseconds since 1970; undefined means never. */
  | { readonly type: 'authenticated'; readonly user: SignedInUser; readonly expiresAt: number | undefined };

/** A service user belongs to the root, a namespace or a database. A record user signed in through a record access. */
export type SignedInUser =
  | { readonly type: 'service' }
  /** `id` is unique in the server: `namespace/database/table:key`. */
  | { readonly type: 'record'; readonly id: string };

/** The namespace and database that a session works on. */
export interface Selection {
  readonly namespace: string | undefined;
  readonly database: string | undefined;
}

export const NOTHING_SELECTED: Selection = { namespace: undefined, database: undefined };

export const anonymous: Identity = { type: 'anonymous' };

/** The longest delay of a timer, about 24 days. A session can last longer. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class Session {
  /** The engine's id for the session, created here and never by a client. */
  readonly engineId: string = randomUUID();
  /** The client's name for the session; undefined for the connection's default session. */
  readonly clientId: string | undefined;
  /**
   * Work on data runs in shared turns. A change of the signed-in user or of the selection runs in an exclusive turn.
   */
  readonly turns: TurnQueue = new TurnQueue();
  /** The live queries that run in this session. */
  readonly liveQueries: SessionLiveQueries = new SessionLiveQueries();
  identity: Identity = anonymous;
  namespace: string | undefined;
  database: string | undefined;
  /** The selection of a guest. It is applied when a user signs in. */
  guestSelection: Selection | undefined;

  #expiry: NodeJS.Timeout | undefined;

  constructor(clientId: string | undefined) {
    this.clientId = clientId;
  }

  /** Calls `expired` once when the session expires, unless another user has signed in by then. */
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
