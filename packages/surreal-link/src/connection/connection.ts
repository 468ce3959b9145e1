/** Keeps one socket open and signed in until it is closed. The state machine is in `state.ts`. */
import { away, closed, LinkError } from '../errors.ts';
import type { LinkSettings } from '../options.ts';
import { DatabaseSocket } from './database-socket.ts';
import { signIn } from './sign-in.ts';
import { type LinkEvent, type LinkState, nextState, pauseMs } from './state.ts';

export class Connection {
  readonly #settings: LinkSettings;
  readonly #listeners = new Set<(socket: DatabaseSocket) => void>();
  readonly #closing = new AbortController();
  #state: LinkState = { kind: 'idle' };
  #socket: DatabaseSocket | undefined;
  #next = Promise.withResolvers<DatabaseSocket>();
  #opening: Promise<void> | undefined;
  #closed: Promise<unknown> | undefined;
  #loop: Promise<void> = Promise.resolve();
  /** Reasons that were already logged during the current outage. */
  readonly #logged = new Set<string>();

  constructor(settings: LinkSettings) {
    this.#settings = settings;
    this.#next.promise.catch(() => undefined);
  }

  get state(): LinkState {
    return this.#state;
  }

  /** The open socket, if there is one. */
  get current(): DatabaseSocket | undefined {
    return this.#socket?.lost.aborted ? undefined : this.#socket;
  }

  /**
   * Resolves at the first connection. The option `giveUp` says which failures reject it.
   *
   * @throws LinkError SPOOKY_LINK_CLOSED, or the error that made it give up
   */
  open(): Promise<void> {
    this.#opening ??= new Promise((resolve, reject) => {
      if (this.#closing.signal.aborted) return reject(this.#closing.signal.reason);
      this.#closing.signal.addEventListener('abort', () => reject(this.#closing.signal.reason), { once: true });
      this.#change({ type: 'open' });
      this.#loop = this.#stayConnected(resolve, reject);
    });
    return this.#opening;
  }

  /**
   * The open socket, or the next one if it opens within `waitMs`.
   *
   * @throws LinkError SPOOKY_LINK_AWAY or SPOOKY_LINK_CLOSED
   */
  async socket(waitMs: number): Promise<DatabaseSocket> {
    if (this.#closing.signal.aborted) throw this.#closing.signal.reason;
    if (this.current) return this.current;
    if (waitMs === 0) throw away();
    const timeUp = new AbortController();
    const tooLate = this.#settings.clock.pause(waitMs, timeUp.signal).then(() => Promise.reject(away()));
    try {
      return await Promise.race([this.#next.promise, tooLate]);
    } finally {
      tooLate.catch(() => undefined);
      timeUp.abort();
    }
  }

  /** Calls the listener with each new socket. */
  onConnected(listener: (socket: DatabaseSocket) => void): void {
    this.#listeners.add(listener);
  }

  /**
   * Closes the connection permanently, in any state. Resolves when its socket and its loop have ended. Safe to call
   * again.
   */
  async close(): Promise<void> {
    this.#closed ??= this.#end(closed('this link'));
    await this.#closed;
  }

  #end(reason: LinkError): Promise<unknown> {
    this.#change({ type: 'close' });
    this.#closing.abort(reason);
    this.#next.reject(reason);
    return Promise.all([this.#socket?.close(reason), this.#loop]);
  }

  async #stayConnected(opened: () => void, gaveUp: (error: unknown) => void): Promise<void> {
    const { clock, random, firstPauseMs, lastPauseMs } = this.#settings;
    let first = true;
    while (!this.#closing.signal.aborted) {
      try {
        const socket = await this.#connect();
        if (this.#closing.signal.aborted) return await socket.close(this.#closing.signal.reason);
        // It can be lost between the answer to the sign-in and now.
        socket.lost.throwIfAborted();
        this.#connected(socket, first);
        first = false;
        opened();
        await ended(socket);
      } catch (error) {
        if (this.#closing.signal.aborted) return;
        const failure = error instanceof LinkError ? error : away(error);
        if (first && this.#givesUp(failure)) {
          this.#change({ type: 'gave-up', reason: failure.code });
          return gaveUp(failure);
        }
        this.#change({ type: 'failed', reason: failure.code });
        this.#logOnce(failure);
      }
      const failures = this.#state.kind === 'waiting' ? this.#state.failures : 0;
      await clock.pause(pauseMs(failures, firstPauseMs, lastPauseMs, random()), this.#closing.signal);
      this.#change({ type: 'retry' });
    }
  }

  async #connect(): Promise<DatabaseSocket> {
    const socket = await DatabaseSocket.open(this.#settings, this.#closing.signal);
    const stop = (): void => socket.terminate(this.#closing.signal.reason);
    this.#closing.signal.addEventListener('abort', stop);
    try {
      await signIn(socket, this.#settings);
      return socket;
    } catch (error) {
      socket.terminate(error instanceof LinkError ? error : away(error));
      throw error;
    } finally {
      this.#closing.signal.removeEventListener('abort', stop);
    }
  }

  #connected(socket: DatabaseSocket, first: boolean): void {
    const { logger, clock, url } = this.#settings;
    this.#socket = socket;
    socket.lost.addEventListener('abort', () => this.#lost(socket), { once: true });
    this.#logged.clear();
    this.#change({ type: 'connected', at: clock.now() });
    logger.info({ url: url.href }, first ? 'connected to the database' : 'connected to the database again');
    this.#next.resolve(socket);
    for (const listener of this.#listeners) this.#notify(listener, socket);
  }

  /** If a listener throws, the connection stays open. */
  #notify(listener: (socket: DatabaseSocket) => void, socket: DatabaseSocket): void {
    try {
      listener(socket);
    } catch (err) {
      this.#settings.logger.warn({ err }, 'a listener for connections failed');
    }
  }

  #lost(socket: DatabaseSocket): void {
    const { logger, clock } = this.#settings;
    this.#socket = undefined;
    if (this.#closing.signal.aborted) return;
    this.#next = Promise.withResolvers();
    this.#next.promise.catch(() => undefined);
    const reason: unknown = socket.lost.reason;
    const code = reason instanceof LinkError ? reason.code : 'SPOOKY_LINK_LOST';
    this.#change({ type: 'lost', at: clock.now(), reason: code });
    logger.warn('the connection to the database is lost; connecting again');
    this.#logged.add(away().message);
  }

  /** Logs each reason once per outage, because an outage may last for hours. */
  #logOnce({ message: reason, cause }: LinkError): void {
    if (this.#logged.has(reason)) return;
    this.#logged.add(reason);
    const { logger, url } = this.#settings;
    const details = { url: url.href, reason, ...(typeof cause === 'string' && { cause }) };
    logger.warn(details, 'not connected to the database; retrying until it works');
  }

  #givesUp({ code }: LinkError): boolean {
    const { giveUp } = this.#settings;
    return giveUp === 'failed' || (giveUp === 'refused' && code === 'SPOOKY_LINK_SIGN_IN_REFUSED');
  }

  #change(event: LinkEvent): void {
    this.#state = nextState(this.#state, event, this.#settings.lastPauseMs);
  }
}

/** Resolves when the socket has ended. */
function ended(socket: DatabaseSocket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.lost.aborted) return resolve();
    socket.lost.addEventListener('abort', () => resolve(), { once: true });
  });
}
