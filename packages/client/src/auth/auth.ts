import { BODY_MAX_BYTES, decodeValue, type SessionAnswer, type SignInRequest } from '@spookify/gateway/wire';
import { RecordId } from 'surrealdb';
import type { Connection } from '../connection/connection.ts';
import { unknownFormat } from '../connection/gateway-error.ts';
import type { Hello } from '../connection/socket.ts';
import { ClientError } from '../errors.ts';
import { Listeners } from '../listeners.ts';
import { parseRecordId } from '../query/record-id.ts';
import { membersOf } from '../query/schema-lookup.ts';
import { encodeSendable } from '../query/sendable.ts';
import { bytesOf, tooLarge } from '../too-large.ts';
import type { Browser, TabMessage } from './browser.ts';
import { exclusively } from './exclusive.ts';
import { Renewal } from './renewal.ts';
import { isSessionOver, type SessionTransport } from './session-transport.ts';

/**
 * Who is signed in. `restoring`: it is not known yet whether there is a session. A user of an earlier visit is
 * `signed-in` at once; if the session has ended meanwhile, he is `signed-out` as soon as the gateway answers.
 */
export type AuthState =
  | { readonly kind: 'restoring' }
  | { readonly kind: 'signed-out' }
  | { readonly kind: 'signed-in'; readonly user: RecordId };

export interface AuthOptions {
  /** Name of the lock for changes of the session. All tabs of a browser use the same. */
  readonly name: string;
  readonly transport: SessionTransport;
  readonly browser: Browser;
  /** Called when needed, because the connection in turn needs this object. */
  readonly connection: () => Connection;
  /** Called when the user has signed out or another one has signed in: data that was shown must disappear. */
  readonly onLeave: () => void;
  /** Called when the user of this tab signs out. */
  readonly onSignOut: () => void;
}

/** How long sign-in and sign-up wait for a connection. Milliseconds. */
const WAIT_MS = 10_000;

/**
 * Signs up, in and out, and tracks the session over reloads, lost connections and several tabs. All knowledge about the
 * session comes from the gateway.
 */
export class Auth {
  readonly #options: AuthOptions;
  readonly #listeners = new Listeners<AuthState>();
  readonly #renewal: Renewal;
  #state: AuthState;
  /** Sign-ins run one after the other, so that a double click does not make two sessions. */
  #entering: Promise<unknown> = Promise.resolve();

  constructor(options: AuthOptions) {
    this.#options = options;
    const { transport, browser } = options;
    this.#state = initialState(transport, browser);
    this.#renewal = new Renewal(() => this.#renew());
    browser.listen((message) => {
      if (message.kind !== 'queue') this.#onOtherTab(message);
    });
  }

  get state(): AuthState {
    return this.#state;
  }

  /** Calls the listener at every change. Returns a function that removes it. */
  subscribe(listener: (state: AuthState) => void): () => void {
    return this.#listeners.add(listener);
  }

  /**
   * Creates an account and signs it in.
   *
   * @param access the record access of the schema, such as `account`
   * @param variables what its SIGNUP reads, such as `{ username, password }`
   * @throws SPOOKY_CLIENT_SIGN_UP_REFUSED with the `reason` that SIGNUP has thrown; SPOOKY_CLIENT_BUSY;
   * SPOOKY_CLIENT_NOT_CONNECTED
   */
  signUp(access: string, variables: Readonly<Record<string, unknown>>): Promise<RecordId> {
    return this.#enter('sign-up', access, variables);
  }

  /**
   * Signs in.
   *
   * @throws SPOOKY_CLIENT_INVALID_CREDENTIALS, SPOOKY_CLIENT_BUSY, SPOOKY_CLIENT_NOT_CONNECTED
   */
  signIn(access: string, variables: Readonly<Record<string, unknown>>): Promise<RecordId> {
    return this.#enter('sign-in', access, variables);
  }

  /**
   * Signs out in every tab. It also works without a connection: the gateway is informed as soon as there is one, and
   * until then this browser does not use the session.
   */
  async signOut(): Promise<void> {
    const { browser } = this.#options;
    browser.isSigningOut = true;
    browser.user = undefined;
    browser.send({ kind: 'signed-out' });
    this.#leave();
    this.#options.onSignOut();
    // If this fails, the next attempt to connect repeats it.
    this.#options.connection().renew();
    await this.#sayGoodbye().catch(() => undefined);
  }

  /** Runs before each connection. Rejects if a pending sign-out does not reach the gateway. */
  async prepare(): Promise<'ready' | 'signed-out'> {
    if (!this.#options.browser.isSigningOut) return 'ready';
    await this.#sayGoodbye();
    return 'signed-out';
  }

  /** The gateway has reported who is signed in on a new socket. */
  onHello({ user: encoded, renewInMs }: Hello): RecordId | undefined {
    const user = recordOf(encoded);
    if (user === undefined) return undefined;
    this.#options.browser.user = user.toString();
    this.#renewal.schedule(renewInMs);
    if (this.#state.kind === 'signed-in' && !this.#state.user.equals(user)) this.#options.onLeave();
    return user;
  }

  /** Publishes that this user is signed in. */
  admit(user: RecordId): void {
    if (this.#state.kind !== 'signed-in' || !this.#state.user.equals(user)) this.#set({ kind: 'signed-in', user });
  }

  /** The gateway has no session. Returns whether there was one. */
  onSignedOut(): boolean {
    const { browser, transport } = this.#options;
    const hasEnded = this.#state.kind === 'signed-in' || browser.user !== undefined;
    browser.user = undefined;
    transport.forget();
    this.#leave();
    return hasEnded;
  }

  /** Clears the memory. The session remains for the next visit. */
  close(): void {
    this.#renewal.close();
    this.#options.browser.close();
  }

  #enter(name: 'sign-up' | 'sign-in', access: string, variables: Readonly<Record<string, unknown>>): Promise<RecordId> {
    const entered = this.#entering.then(() => this.#obtainSession(name, access, variables));
    this.#entering = entered.catch(() => undefined);
    return entered;
  }

  async #obtainSession(
    name: 'sign-up' | 'sign-in',
    access: string,
    variables: Readonly<Record<string, unknown>>,
  ): Promise<RecordId> {
    const request = requestOf(access, variables);
    if (this.#state.kind !== 'signed-out') await this.signOut();
    const connection = this.#options.connection();
    // Nothing is sent before the gateway is available: a sign-up whose answer is lost may have created the account.
    await connection.answer(WAIT_MS);
    const { browser, transport } = this.#options;
    const { user: encoded } = await this.#exclusively(async () => {
      const answer = await transport.post(name, request);
      // Before another tab gets the lock: it would end this session for an earlier sign-out.
      browser.isSigningOut = false;
      return answer;
    });
    const user = recordOf(encoded);
    if (user === undefined) throw unknownFormat();
    browser.user = user.toString();
    browser.send({ kind: 'signed-in', user: user.toString() });
    connection.renew();
    this.admit(user);
    // The session exists. If there is no socket yet, the connection opens one.
    await connection.answer(WAIT_MS).catch(() => undefined);
    return user;
  }

  /** Ends the session at the gateway unless another tab has already done so. */
  #sayGoodbye(): Promise<void> {
    const { browser, transport } = this.#options;
    return this.#exclusively(async () => {
      if (!browser.isSigningOut) return;
      await transport.post('sign-out', {});
      browser.isSigningOut = false;
      browser.user = undefined;
    });
  }

  async #renew(): Promise<number | undefined> {
    if (this.#state.kind !== 'signed-in') return undefined;
    try {
      return await this.#exclusively(async () => {
        const { renewInMs } = await this.#options.transport.post('renew', {});
        return renewInMs;
      });
    } catch (error) {
      if (!isSessionOver(error)) throw error;
      // The next socket is refused too, or belongs to a newer session.
      this.#options.connection().renew();
      return undefined;
    }
  }

  #leave(next: AuthState = { kind: 'signed-out' }): void {
    this.#renewal.cancel();
    this.#options.onLeave();
    if (!isSameState(this.#state, next)) this.#set(next);
  }

  #onOtherTab(message: Exclude<TabMessage, { kind: 'queue' }>): void {
    if (message.kind === 'signed-out') {
      this.#leave();
    } else if (this.#state.kind !== 'signed-in' || this.#state.user.toString() !== message.user) {
      const user = parseRecordId(message.user);
      this.#leave(user === undefined ? { kind: 'restoring' } : { kind: 'signed-in', user });
    }
    this.#options.connection().renew();
  }

  /** All tabs share one cookie, so changes of it run one after the other. */
  #exclusively<Result>(task: () => Promise<Result>): Promise<Result> {
    return exclusively(`spookify:${this.#options.name}`, task);
  }

  #set(state: AuthState): void {
    this.#state = state;
    this.#listeners.notify(state);
  }
}

/**
 * A user who was signed in at the last visit is taken to be signed in, so that his data is shown without a network. The
 * gateway decides as soon as it answers.
 */
function initialState(transport: SessionTransport, browser: Browser): AuthState {
  if (!transport.mayHaveSession || browser.isSigningOut) return { kind: 'signed-out' };
  const user = browser.user === undefined ? undefined : parseRecordId(browser.user);
  return user === undefined ? { kind: 'restoring' } : { kind: 'signed-in', user };
}

function isSameState(one: AuthState, other: AuthState): boolean {
  if (one.kind !== 'signed-in' || other.kind !== 'signed-in') return one.kind === other.kind;
  return one.user.equals(other.user);
}

function requestOf(access: string, variables: Readonly<Record<string, unknown>>): SignInRequest {
  const refuse = (message: string) => new ClientError('SPOOKY_CLIENT_INVALID_OPTION', message);
  const entries = membersOf(variables, refuse).map(([name, value]) => [
    name,
    encodeSendable(name, value, 'compared', refuse),
  ]);
  const request: SignInRequest = { access, variables: Object.fromEntries(entries) };
  if (bytesOf(JSON.stringify(request)) <= BODY_MAX_BYTES) return request;
  throw tooLarge('This request', `${BODY_MAX_BYTES} bytes`, 'Use fewer or shorter values.');
}

function recordOf(encoded: SessionAnswer['user']): RecordId | undefined {
  try {
    const user = decodeValue(encoded);
    return user instanceof RecordId ? user : undefined;
  } catch {
    return undefined;
  }
}

export function signedOut(): ClientError {
  return new ClientError('SPOOKY_CLIENT_SIGNED_OUT', 'No user is signed in. Call db.auth.signIn first.');
}
