import { RecordId, ServerError } from 'surrealdb';
import type { Connection } from './connection.ts';
import { ClientError } from './errors.ts';
import { exclusively } from './exclusive.ts';
import type { Link } from './link.ts';
import { LinkLostError } from './link.ts';
import { Listeners } from './listeners.ts';
import { isConflict, signInError, signUpError } from './server-errors.ts';
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
/** What is left of a token's life when it is renewed. */
const RENEW_AT = 0.25;
/** How long another tab may take to store what it got, before a refused refresh counts. */
const OTHER_TAB_MS = 2_000;

/** Signs up, in and out, and keeps the session: over reloads, lost connections, expired tokens and several tabs. */
export class Auth {
  readonly #options: AuthOptions;
  readonly #listeners = new Listeners<AuthState>();
  readonly #stopWatching: () => void;
  #state: AuthState;
  #session: Session | undefined;
  #renewal: ReturnType<typeof setTimeout> | undefined;
  /** The kept session was refused: say `needs-auth` until somebody signs in. */
  #refused = false;
  /** The access token that this client has just been given, and so knows the age of without asking its clock. */
  #newest: string | undefined;
  /** Sign-ins take turns, so that a double click is not two sessions on one link. */
  #entering: Promise<unknown> = Promise.resolve();

  constructor(options: AuthOptions) {
    this.#options = options;
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
    const accepted = (await this.#present(link, tokens)) ?? (await this.#renewShared(link, tokens));
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
      this.#newest = access;
      this.#options.store.write(tokens);
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

  /** Shows the access token. Undefined when it has run out, or the server does not accept it. */
  async #present(link: Link, tokens: SessionTokens): Promise<SessionTokens | undefined> {
    if ((claimsOf(tokens.access)?.expiresAt ?? 0) * 1000 <= Date.now()) return undefined;
    return orUndefined(async () => {
      await link.call(() => link.engine.authenticate(tokens.access, undefined));
      return tokens;
    });
  }

  /**
   * Exchanges the refresh token. It is good for one use, so tabs take turns, and the one whose turn comes looks first
   * whether another has new tokens already. Without Web Locks two may still collide: then the loser waits for what
   * the winner stores.
   */
  #renewShared(link: Link, held: SessionTokens): Promise<SessionTokens | undefined> {
    const { store } = this.#options;
    return exclusively(store.name, async () => {
      const stored = store.read();
      if (stored === undefined) return undefined;
      if (stored.access !== held.access) {
        const shared = await this.#present(link, stored);
        if (shared !== undefined) return shared;
      }
      return (await this.#exchange(link, stored)) ?? (await this.#awaitOtherTab(link, stored));
    });
  }

  async #exchange(link: Link, { access, refresh }: SessionTokens): Promise<SessionTokens | undefined> {
    if (refresh === undefined) return undefined;
    return orUndefined(async () => {
      const fresh = await link.call(() => link.engine.refresh({ access, refresh }, undefined));
      const tokens = { access: fresh.access, refresh: fresh.refresh };
      this.#newest = tokens.access;
      // Signed out meanwhile, by this tab or another: then it stays so.
      if (this.#options.store.read() === undefined) return undefined;
      this.#options.store.write(tokens);
      return tokens;
    });
  }

  async #awaitOtherTab(link: Link, refused: SessionTokens): Promise<SessionTokens | undefined> {
    if (globalThis.navigator?.locks !== undefined) return undefined;
    const stored = await new Promise<SessionTokens | undefined>((resolve) => {
      const look = (): void => {
        const now = this.#options.store.read();
        if (now?.access === refused.access) return;
        finish(now);
      };
      const finish = (tokens: SessionTokens | undefined): void => {
        clearTimeout(timer);
        stop();
        resolve(tokens);
      };
      const timer = setTimeout(() => finish(undefined), OTHER_TAB_MS);
      const stop = this.#options.store.subscribe(look);
      look();
    });
    return stored === undefined ? undefined : this.#present(link, stored);
  }

  #begin(session: Session, tokens: SessionTokens): void {
    this.#refused = false;
    this.#session = session;
    this.#scheduleRenewal(session, tokens);
    const { user } = session;
    if (this.#state.kind !== 'signed-in' || !this.#state.user.equals(user)) this.#set({ kind: 'signed-in', user });
    this.#options.onSession(session);
  }

  /** Renews on the open link when a quarter of the token's life is left. */
  #scheduleRenewal(session: Session, tokens: SessionTokens): void {
    clearTimeout(this.#renewal);
    const claims = claimsOf(tokens.access);
    if (claims === undefined || tokens.refresh === undefined) return;
    const lifeMs = (claims.expiresAt - claims.issuedAt) * 1000;
    // A clock that is off must not make every new token look old: that would renew without end.
    const byClock = Math.min(Math.max(claims.expiresAt * 1000 - Date.now(), 0), lifeMs);
    const leftMs = tokens.access === this.#newest ? lifeMs : byClock;
    const delayMs = Math.max(leftMs - lifeMs * RENEW_AT, 0);
    this.#renewal = setTimeout(() => void this.#renew(session, tokens), Math.min(delayMs, 2 ** 31 - 1));
  }

  async #renew(session: Session, tokens: SessionTokens): Promise<void> {
    try {
      const fresh = await this.#renewShared(session.link, tokens);
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

/** A refusal by the server is an answer; a lost link, or a transaction that was overtaken, is not. */
async function orUndefined<Result>(attempt: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await attempt();
  } catch (error) {
    if (error instanceof ServerError && !isConflict(error)) return undefined;
    throw error;
  }
}

async function whoIs(link: Link): Promise<RecordId | undefined> {
  const user = await link.query('RETURN $auth');
  return user instanceof RecordId ? user : undefined;
}

export function signedOut(): ClientError {
  return new ClientError('SPOOKY_CLIENT_SIGNED_OUT', 'Nobody is signed in. Sign in with db.auth.signIn first.');
}
