import { RecordId } from 'surrealdb';
import type { Connection } from './connection.ts';
import { ClientError } from './errors.ts';
import { type Link, LinkLostError } from './link.ts';
import { Listeners } from './listeners.ts';
import { signInError, signUpError } from './server-errors.ts';
import { TokenExchange } from './token-exchange.ts';
import { claimsOf, type SessionTokens, type TokenStore } from './tokens.ts';

/** Who is signed in. `restoring`: a kept session has yet to be shown to the server. */
export type AuthState =
  | { readonly kind: 'restoring' }
  | { readonly kind: 'signed-out' }
  | { readonly kind: 'signed-in'; readonly user: RecordId };

/** A link with somebody signed in on it. */
export interface Session {
  readonly link: Link;
  readonly user: RecordId;
}

export interface AuthOptions {
  readonly namespace: string;
  readonly database: string;
  readonly store: TokenStore;
  /** Asked for when it is needed, because the connection in turn needs `admit`. */
  readonly connection: () => Connection;
  /** Called with each new session, and with undefined when nobody is signed in any more. */
  readonly onSession: (session: Session | undefined) => void;
}

/** How long signing in and up waits for a connection. */
const WAIT_MS = 10_000;

/** Signs up, in and out, and keeps the session: over reloads, lost connections, expired tokens and several tabs. */
export class Auth {
  readonly #options: AuthOptions;
  readonly #exchange: TokenExchange;
  readonly #listeners = new Listeners<AuthState>();
  readonly #stopWatching: () => void;
  #state: AuthState;
  #session: Session | undefined;
  #renewal: ReturnType<typeof setTimeout> | undefined;
  /** The kept session was refused: say `needs-auth` until somebody signs in. */
  #refused = false;
  /** Sign-ins take turns, so that a double click is not two sessions on one link. */
  #entering: Promise<unknown> = Promise.resolve();

  constructor(options: AuthOptions) {
    this.#options = options;
    this.#exchange = new TokenExchange(options.store);
    this.#state = options.store.read() === undefined ? { kind: 'signed-out' } : { kind: 'restoring' };
    this.#stopWatching = options.store.subscribe(() => this.#onOtherTab());
  }

  get state(): AuthState {
    return this.#state;
  }

  /** Calls the listener at every change from now on. Returns the way to stop that. */
  subscribe(listener: (state: AuthState) => void): () => void {
    return this.#listeners.add(listener);
  }

  /**
   * Makes an account and signs it in.
   *
   * @param access the record access of the schema, such as `account`
   * @param variables what its SIGNUP reads, such as `{ username, password }`
   * @throws SPOOKY_CLIENT_SIGN_UP_REFUSED with the `reason` that SIGNUP has thrown; SPOOKY_CLIENT_NOT_CONNECTED
   */
  async signUp(access: string, variables: Readonly<Record<string, unknown>>): Promise<RecordId> {
    return this.#enter(
      (link) => link.call(() => link.engine.signup(this.#target(access, variables), undefined)),
      signUpError,
    );
  }

  /**
   * Signs in.
   *
   * @throws SPOOKY_CLIENT_INVALID_CREDENTIALS, SPOOKY_CLIENT_NOT_CONNECTED
   */
  async signIn(access: string, variables: Readonly<Record<string, unknown>>): Promise<RecordId> {
    return this.#enter(
      (link) => link.call(() => link.engine.signin(this.#target(access, variables), undefined)),
      signInError,
    );
  }

  /** Signs out, in every tab, also without a connection. The refresh token is revoked where the server can be reached. */
  async signOut(): Promise<void> {
    const tokens = this.#options.store.read();
    const session = this.#session;
    this.#options.store.clear();
    this.#refused = false;
    this.#leave();
    if (session !== undefined && tokens?.refresh !== undefined) {
      const { access, refresh } = tokens;
      // Best effort: the token is forgotten in any case, and a server without `revoke` lets it run out.
      await session.link.call(() => session.link.engine.revoke({ access, refresh }, undefined)).catch(() => undefined);
    }
    // Nothing of this session may live on: its LIVE queries would go on with its rights.
    this.#options.connection().renew();
  }

  /** Brings the kept session onto a fresh link. Throws when the link is lost over it. */
  async admit(link: Link): Promise<'admitted' | 'refused'> {
    const tokens = this.#options.store.read();
    if (tokens === undefined) {
      this.#leave();
      return this.#refused ? 'refused' : 'admitted';
    }
    const accepted = (await this.#exchange.present(link, tokens)) ?? (await this.#exchange.renew(link, tokens));
    const user = accepted === undefined ? undefined : await whoIs(link);
    if (accepted === undefined || user === undefined) {
      this.#expire();
      return 'refused';
    }
    this.#begin({ link, user }, accepted);
    return 'admitted';
  }

  /** The present session, or the next one within the limit. */
  async session(limitMs: number): Promise<Session> {
    const current = this.#current();
    if (current !== undefined) return current;
    if (this.#state.kind === 'signed-out') throw signedOut();
    await this.#options.connection().link(limitMs);
    const next = this.#current();
    if (next === undefined) throw signedOut();
    return next;
  }

  /** Forgets everything in memory; what is stored stays for the next visit. */
  close(): void {
    clearTimeout(this.#renewal);
    this.#stopWatching();
    this.#session = undefined;
  }

  #current(): Session | undefined {
    return this.#session?.link.lost.aborted === false ? this.#session : undefined;
  }

  #target(access: string, variables: Readonly<Record<string, unknown>>) {
    const { namespace, database } = this.#options;
    return { namespace, database, access, variables: { ...variables } };
  }

  #enter(
    obtain: (link: Link) => Promise<{ access: string; refresh?: string }>,
    toError: (error: unknown) => ClientError,
  ): Promise<RecordId> {
    const entered = this.#entering.then(() => this.#obtainSession(obtain, toError));
    this.#entering = entered.catch(() => undefined);
    return entered;
  }

  async #obtainSession(
    obtain: (link: Link) => Promise<{ access: string; refresh?: string }>,
    toError: (error: unknown) => ClientError,
  ): Promise<RecordId> {
    if (this.#state.kind !== 'signed-out') await this.signOut();
    const link = await this.#options.connection().link(WAIT_MS);
    try {
      const { access, refresh } = await obtain(link);
      const user = await whoIs(link);
      if (user === undefined)
        throw new ClientError('SPOOKY_CLIENT_INVALID_CREDENTIALS', 'This is no person’s account.');
      const tokens = { access, refresh };
      this.#exchange.adopt(tokens);
      this.#begin({ link, user }, tokens);
      this.#options.connection().admitted();
      return user;
    } catch (error) {
      if (!(error instanceof LinkLostError)) throw toError(error);
      throw new ClientError(
        'SPOOKY_CLIENT_NOT_CONNECTED',
        'The connection broke while signing in. Try again; if it was a sign-up, sign in first.',
        { cause: error },
      );
    }
  }

  #begin(session: Session, tokens: SessionTokens): void {
    this.#refused = false;
    this.#session = session;
    this.#scheduleRenewal(session, tokens);
    const { user } = session;
    // First the queries, so that nobody who hears of the new person still sees what the one before saw.
    this.#options.onSession(session);
    if (this.#state.kind !== 'signed-in' || !this.#state.user.equals(user)) this.#set({ kind: 'signed-in', user });
  }

  #scheduleRenewal(session: Session, tokens: SessionTokens): void {
    clearTimeout(this.#renewal);
    const delayMs = this.#exchange.renewalDelay(tokens);
    if (delayMs !== undefined) this.#renewal = setTimeout(() => void this.#renew(session, tokens), delayMs);
  }

  async #renew(session: Session, tokens: SessionTokens): Promise<void> {
    try {
      const fresh = await this.#exchange.renew(session.link, tokens);
      if (this.#session !== session) return;
      if (fresh !== undefined) return this.#scheduleRenewal(session, fresh);
      this.#expire();
      this.#options.connection().renew();
    } catch {
      // The next link is admitted with whatever is stored by then.
      session.link.drop();
    }
  }

  /** The kept session is of no use any more. */
  #expire(): void {
    this.#options.store.clear();
    this.#refused = true;
    this.#leave();
  }

  #leave(next: AuthState = { kind: 'signed-out' }): void {
    clearTimeout(this.#renewal);
    this.#session = undefined;
    this.#options.onSession(undefined);
    if (this.#state.kind !== next.kind) this.#set(next);
  }

  #onOtherTab(): void {
    const tokens = this.#options.store.read();
    const user = this.#state.kind === 'signed-in' ? this.#state.user.toString() : undefined;
    if (tokens === undefined) {
      if (this.#state.kind === 'signed-out') return;
      this.#leave();
    } else {
      // The other tab has but renewed the session of the same person: nothing to do here.
      if (user !== undefined && claimsOf(tokens.access)?.user === user) return;
      this.#refused = false;
      this.#leave({ kind: 'restoring' });
    }
    this.#options.connection().renew();
  }

  #set(state: AuthState): void {
    this.#state = state;
    this.#listeners.tell(state);
  }
}

async function whoIs(link: Link): Promise<RecordId | undefined> {
  const user = await link.query('RETURN $auth');
  return user instanceof RecordId ? user : undefined;
}

export function signedOut(): ClientError {
  return new ClientError('SPOOKY_CLIENT_SIGNED_OUT', 'Nobody is signed in. Sign in with db.auth.signIn first.');
}
