import type { ServerFrame } from '@spookify/gateway/wire';
import { ClientError } from '../errors.ts';
import type { Tap } from '../inspection.ts';
import { Listeners } from '../listeners.ts';
import { backoff } from './backoff.ts';
import { type ConnectionEvent, type ConnectionState, nextConnectionState } from './connection-state.ts';
import { type Hello, Socket } from './socket.ts';
import { notConnected, type SocketEnd } from './socket-end.ts';
import { onWake } from './wake.ts';

export interface ConnectionOptions {
  /** URL of the gateway, for messages. */
  readonly base: string;
  /** Opens a WebSocket. */
  readonly dial: () => WebSocket;
  /**
   * Runs before each attempt. Resolves with `signed-out` if there is no session, so that no socket is opened. If it
   * rejects, the attempt has failed.
   */
  readonly prepare: () => Promise<'ready' | 'signed-out'>;
  /** Called when the gateway has reported who is signed in. Returns an error if the client must stop. */
  readonly onOpen: (socket: Socket, hello: Hello) => ClientError | undefined;
  readonly onFrame: (frame: ServerFrame) => void;
  /** Called when an open socket has ended or a new one could not be opened. */
  readonly onLost: (end: SocketEnd) => void;
  /**
   * Called when the gateway reports that no user is signed in. Returns whether a user was, so that a session has
   * ended.
   */
  readonly onSignedOut: () => boolean;
  /** Called when the client stops because no attempt can succeed. */
  readonly onRefused: (error: ClientError) => void;
  /** Where each frame is reported. Default: nowhere. */
  readonly tap?: Tap | undefined;
  /** Returns a number from 0 to 1. Default: Math.random. */
  readonly random?: () => number;
}

/** A stopping gateway has a successor soon. The delay spreads the clients that reconnect to it. Milliseconds. */
const SUCCESSOR_MS = 200;
/** A socket that was open this long counts as a success. Milliseconds. */
const SOUND_MS = 30_000;

/** Keeps one socket open while a user is signed in, until it is closed. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #random: () => number;
  readonly #listeners = new Listeners<ConnectionState>();
  /** Called when `answer` may be able to resolve. */
  readonly #answers = new Listeners<void>();
  readonly #stopWaking: () => void;
  #state: ConnectionState = { kind: 'connecting' };
  /** The current attempt or the open socket. */
  #socket: Socket | undefined;
  /** The gateway has reported that no user is signed in. */
  #isSignedOut = false;
  /** A new session begins: the current attempt is obsolete. */
  #isRenewing = false;
  #wake: () => void = () => undefined;
  #renewed = Promise.withResolvers<void>();

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
    this.#stopWaking = onWake(() => {
      this.#wake();
      this.#socket?.probe();
    });
    void this.#run();
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Calls the listener at every change. Returns a function that removes it. */
  subscribe(listener: (state: ConnectionState) => void): () => void {
    return this.#listeners.add(listener);
  }

  /**
   * Resolves with the open socket or the next one, or with undefined if the gateway reports that no user is signed in.
   *
   * @throws SPOOKY_CLIENT_NOT_CONNECTED when there is neither within the limit
   */
  answer(limitMs: number): Promise<Socket | undefined> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (this.#state.kind === 'closed') finish(() => reject(this.#closedError()));
        else if (this.#socket?.isOpen) finish(() => resolve(this.#socket));
        else if (this.#isSignedOut) finish(() => resolve(undefined));
      };
      const finish = (settle: () => void): void => {
        clearTimeout(timer);
        stop();
        settle();
      };
      const timer = setTimeout(() => {
        const cause = this.#state.kind === 'reconnecting' ? this.#state.error : undefined;
        // The reason of the gateway says more than that there is no connection.
        const isKnown = cause?.code === 'SPOOKY_CLIENT_NOT_CONNECTED';
        finish(() => reject(isKnown ? cause : notConnected(this.#options.base, cause)));
      }, limitMs);
      const stop = this.#answers.add(look);
      look();
    });
  }

  /** Drops the socket and opens another one, because a new session begins. */
  renew(): void {
    if (this.#state.kind === 'closed') return;
    this.#isRenewing = true;
    this.#isSignedOut = false;
    this.#change({ type: 'renew' });
    this.#socket?.drop();
    this.#wake();
    this.#renewed.resolve();
  }

  /** Closes the connection finally. May be called repeatedly. */
  close(): void {
    this.#stop();
  }

  async #run(): Promise<void> {
    for (let attempt = 0; this.#state.kind !== 'closed'; ) {
      this.#isRenewing = false;
      this.#isSignedOut = false;
      this.#renewed = Promise.withResolvers();
      const began = performance.now();
      const { end, wasOpen } = await this.#attempt();
      if (this.#isClosed()) return;
      if (wasOpen) this.#options.onLost(end);
      if (this.#isRenewing) continue;
      switch (end.kind) {
        case 'signed-out':
          this.#change({ type: this.#options.onSignedOut() ? 'refused' : 'opened' });
          attempt = 0;
          await this.#untilRenewed();
          break;
        case 'refused':
          this.#options.onRefused(end.error);
          this.#stop(end.error);
          return;
        default: {
          const isFailure = end.kind === 'too-large' || (end.kind === 'lost' && end.isFailure);
          const isSound = !isFailure || performance.now() - began > SOUND_MS;
          if (wasOpen && isSound) attempt = 0;
          this.#change({ type: 'lost', error: end.error });
          const isSoon = end.kind === 'stopping' && attempt === 0;
          await this.#pause(isSoon ? SUCCESSOR_MS * this.#random() : backoff(attempt, this.#random()));
          attempt += 1;
        }
      }
    }
  }

  /** Runs one socket from the attempt to its end. */
  async #attempt(): Promise<{ end: SocketEnd; wasOpen: boolean }> {
    let wasOpen = false;
    const { base, dial, tap } = this.#options;
    try {
      const isReady = (await this.#options.prepare()) === 'ready';
      if (this.#isRenewing || this.#isClosed()) return { end: lost(base), wasOpen };
      if (!isReady) return { end: { kind: 'signed-out' }, wasOpen };
      const socket = new Socket({ dial, base, tap, onFrame: (frame) => this.#options.onFrame(frame) });
      this.#socket = socket;
      const hello = await socket.hello;
      if (hello !== undefined && socket.isOpen) {
        const error = this.#options.onOpen(socket, hello);
        wasOpen = true;
        if (error !== undefined) {
          socket.drop();
          return { end: { kind: 'refused', error }, wasOpen };
        }
        this.#change({ type: 'opened' });
        this.#answers.notify();
      }
      return { end: await socket.ended, wasOpen };
    } catch (error) {
      return { end: endFor(base, error), wasOpen };
    } finally {
      this.#socket = undefined;
    }
  }

  #untilRenewed(): Promise<void> {
    this.#isSignedOut = true;
    this.#answers.notify();
    return this.#renewed.promise;
  }

  /** Waits. Ends early when the network returns, the page becomes visible, or the client is renewed or closed. */
  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, delayMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #stop(error?: ClientError): void {
    this.#stopWaking();
    this.#change({ type: 'close', error });
    this.#socket?.drop();
    this.#wake();
    this.#renewed.resolve();
    this.#answers.notify();
  }

  #isClosed(): boolean {
    return this.#state.kind === 'closed';
  }

  #closedError(): ClientError {
    const error = this.#state.kind === 'closed' ? this.#state.error : undefined;
    return error ?? closed();
  }

  #change(event: ConnectionEvent): void {
    const next = nextConnectionState(this.#state, event);
    if (next === this.#state || (next.kind === this.#state.kind && next.kind !== 'reconnecting')) return;
    this.#state = next;
    this.#listeners.notify(next);
  }
}

/**
 * The end of an attempt that failed before the socket was opened. A page whose origin is refused would be refused every
 * time.
 */
function endFor(base: string, error: unknown): SocketEnd {
  const isRefused = error instanceof ClientError && error.code === 'SPOOKY_CLIENT_FOREIGN_ORIGIN';
  return isRefused ? { kind: 'refused', error } : lost(base, error);
}

function lost(base: string, cause?: unknown): SocketEnd {
  return { kind: 'lost', error: cause instanceof ClientError ? cause : notConnected(base, cause), isFailure: false };
}

/** The error for what is asked of a closed client. */
export function closed(): ClientError {
  return new ClientError('SPOOKY_CLIENT_CLOSED', 'This client was closed; create another one with createClient.');
}
