import { ServerError } from 'surrealdb';
import { exclusively } from './exclusive.ts';
import type { Link } from './link.ts';
import { isConflict } from './server-errors.ts';
import { claimsOf, type SessionTokens, type TokenStore } from './tokens.ts';

/** What is left of a token's life when it is renewed. */
const RENEW_AT = 0.25;
const TIMER_MAX_MS = 2 ** 31 - 1;
/** How long another tab may take to store what it got, before a refused refresh counts. */
const OTHER_TAB_MS = 2_000;

/** Shows tokens to the server and exchanges them for new ones, together with the other tabs. */
export class TokenExchange {
  readonly #store: TokenStore;
  /** The access token that was given to this client, and of whose age it is therefore certain. */
  #newest: string | undefined;

  constructor(store: TokenStore) {
    this.#store = store;
  }

  /** Keeps tokens that the server has just given. */
  adopt(tokens: SessionTokens): void {
    this.#newest = tokens.access;
    this.#store.write(tokens);
  }

  /** Shows the access token. Undefined when it has run out, or the server does not accept it. */
  async present(link: Link, tokens: SessionTokens): Promise<SessionTokens | undefined> {
    if ((claimsOf(tokens.access)?.expiresAt ?? 0) * 1000 <= Date.now()) return undefined;
    return orUndefined(async () => {
      await link.call(() => link.engine.authenticate(tokens.access, undefined));
      return tokens;
    });
  }

  /**
   * Exchanges the refresh token. It is good for one use, so tabs take turns, and the one whose turn comes looks first
   * whether another has new tokens already. Without Web Locks two may still collide: then the loser waits for what
   * the winner stores. Undefined when the session is over.
   */
  renew(link: Link, held: SessionTokens): Promise<SessionTokens | undefined> {
    return exclusively(this.#store.name, async () => {
      const stored = this.#store.read();
      if (stored === undefined) return undefined;
      if (stored.access !== held.access) {
        const shared = await this.present(link, stored);
        if (shared !== undefined) return shared;
      }
      return (await this.#refresh(link, stored)) ?? (await this.#awaitOtherTab(link, stored));
    });
  }

  /** When to renew, from now, in milliseconds. Undefined when that cannot be known or done. */
  renewalDelay({ access, refresh }: SessionTokens): number | undefined {
    const claims = claimsOf(access);
    if (claims === undefined || refresh === undefined) return undefined;
    const lifeMs = (claims.expiresAt - claims.issuedAt) * 1000;
    // A clock that is off must not make every new token look old: that would renew without end.
    const byClock = Math.min(Math.max(claims.expiresAt * 1000 - Date.now(), 0), lifeMs);
    const leftMs = access === this.#newest ? lifeMs : byClock;
    return Math.min(Math.max(leftMs - lifeMs * RENEW_AT, 0), TIMER_MAX_MS);
  }

  async #refresh(link: Link, { access, refresh }: SessionTokens): Promise<SessionTokens | undefined> {
    if (refresh === undefined) return undefined;
    return orUndefined(async () => {
      const fresh = await link.call(() => link.engine.refresh({ access, refresh }, undefined));
      // Signed out meanwhile, by this tab or another: then it stays so.
      if (this.#store.read() === undefined) return undefined;
      const tokens = { access: fresh.access, refresh: fresh.refresh };
      this.adopt(tokens);
      return tokens;
    });
  }

  async #awaitOtherTab(link: Link, refused: SessionTokens): Promise<SessionTokens | undefined> {
    if (globalThis.navigator?.locks !== undefined) return undefined;
    const stored = await new Promise<SessionTokens | undefined>((resolve) => {
      const finish = (tokens: SessionTokens | undefined): void => {
        clearTimeout(timer);
        stop();
        resolve(tokens);
      };
      const look = (): void => {
        const now = this.#store.read();
        if (now?.access !== refused.access) finish(now);
      };
      // Looks once more: on a page that was frozen, the time is over before it hears of what came meanwhile.
      const timer = setTimeout(() => {
        look();
        finish(undefined);
      }, OTHER_TAB_MS);
      const stop = this.#store.subscribe(look);
      look();
    });
    return stored === undefined ? undefined : this.present(link, stored);
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
