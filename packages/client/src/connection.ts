import { type ConnectionEvent, type ConnectionState, nextConnectionState } from './connection-state.ts';
import { ClientError } from './errors.ts';
import { Link, type LinkOptions, notConnected } from './link.ts';
import { Listeners } from './listeners.ts';
import { onWake } from './wake.ts';

export interface ConnectionOptions extends LinkOptions {
  /** Brings the kept session onto a fresh link, or finds that the server no longer accepts it. */
  readonly admit: (link: Link) => Promise<'admitted' | 'refused'>;
  /** Called when an admitted link has ended, or a new one could not be made. */
  readonly onLost: (error: ClientError) => void;
  /** From 0 to 1. Default Math.random. */
  readonly random?: () => number;
}

const BACKOFF_FIRST_MS = 250;
const BACKOFF_MAX_MS = 10_000;

/** Half of a delay that doubles up to its cap, and as much again at random, so that clients do not come back in step. */
export function backoff(attempt: number, random: number): number {
  const ceiling = Math.min(BACKOFF_FIRST_MS * 2 ** Math.min(attempt, 16), BACKOFF_MAX_MS);
  return ceiling / 2 + (ceiling / 2) * random;
}

/** Keeps one link open, for as long as it takes, until it is closed. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #listeners = new Listeners<ConnectionState>();
  readonly #links = new Listeners<Link | undefined>();
  readonly #closing = new AbortController();
  readonly #stopWaking: () => void;
  #state: ConnectionState = { kind: 'connecting' };
  #link: Link | undefined;
  /** Ends the present attempt or link, so that the loop begins anew. */
  #restart = new AbortController();
  #endPause: () => void = () => undefined;
  #renewing = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#stopWaking = onWake(() => {
      this.#endPause();
      void this.#link?.probe();
    });
    void this.#run();
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Calls the listener at every change from now on. Returns the way to stop that. */
  subscribe(listener: (state: ConnectionState) => void): () => void {
    return this.#listeners.add(listener);
  }

  /** The open link, or the next one. Throws SPOOKY_CLIENT_NOT_CONNECTED when there is none within the limit. */
  link(limitMs: number): Promise<Link> {
    // A link that has just been dropped stands here until the loop takes notice.
    if (this.#link?.lost.aborted === false) return Promise.resolve(this.#link);
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void): void => {
        clearTimeout(timer);
        stop();
        this.#closing.signal.removeEventListener('abort', onClosed);
        settle();
      };
      const onClosed = (): void => finish(() => reject(closed()));
      const timer = setTimeout(() => {
        const cause = this.#state.kind === 'reconnecting' ? this.#state.error : undefined;
        finish(() => reject(notConnected(this.#options.url, cause)));
      }, limitMs);
      const stop = this.#links.add((link) => {
        if (link !== undefined) finish(() => resolve(link));
      });
      this.#closing.signal.addEventListener('abort', onClosed);
      if (this.#closing.signal.aborted) onClosed();
    });
  }

  /** Somebody has signed in on the open link. */
  admitted(): void {
    this.#change({ type: 'admitted' });
  }

  /** Throws the link away and opens another: a new session shares nothing with the one before, not even LIVE queries. */
  renew(): void {
    this.#renewing = true;
    this.#change({ type: 'renew' });
    this.#link?.drop();
    this.#setLink(undefined);
    this.#restart.abort();
    this.#endPause();
  }

  /** Ends the connection for good. May be called again. */
  close(): void {
    this.#stopWaking();
    this.#change({ type: 'close' });
    this.#closing.abort();
    this.#endPause();
    this.#link?.drop();
    this.#setLink(undefined);
  }

  async #run(): Promise<void> {
    let attempt = 0;
    while (!this.#closing.signal.aborted) {
      this.#restart = new AbortController();
      this.#renewing = false;
      const abandon = AbortSignal.any([this.#restart.signal, this.#closing.signal]);
      let cause: unknown;
      try {
        const link = await Link.open(this.#options, abandon);
        await this.#serve(link, abandon, () => {
          attempt = 0;
        });
      } catch (error) {
        cause = error;
      }
      this.#setLink(undefined);
      if (this.#closing.signal.aborted) return;
      if (this.#renewing) continue;
      const error = notConnected(this.#options.url, cause);
      this.#change({ type: 'lost', error });
      this.#options.onLost(error);
      await this.#pause(backoff(attempt++, (this.#options.random ?? Math.random)()));
    }
  }

  /** Admits the session to the link, then stays until the link ends. */
  async #serve(link: Link, abandon: AbortSignal, onOpen: () => void): Promise<void> {
    const drop = (): void => link.drop();
    abandon.addEventListener('abort', drop);
    try {
      if (abandon.aborted) return link.drop();
      const outcome = await this.#options.admit(link);
      if (link.lost.aborted) return;
      onOpen();
      this.#change({ type: outcome === 'admitted' ? 'opened' : 'refused' });
      this.#setLink(link);
      await new Promise<void>((resolve) => {
        link.lost.addEventListener('abort', () => resolve(), { once: true });
        if (link.lost.aborted) resolve();
      });
    } catch (error) {
      link.drop();
      throw error;
    } finally {
      abandon.removeEventListener('abort', drop);
    }
  }

  /** Waits, unless the network comes back, the page is looked at, or the client is renewed or closed. */
  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, delayMs);
      this.#endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #change(event: ConnectionEvent): void {
    const next = nextConnectionState(this.#state, event);
    if (next === this.#state || (next.kind === this.#state.kind && next.kind !== 'reconnecting')) return;
    this.#state = next;
    this.#listeners.tell(next);
  }

  #setLink(link: Link | undefined): void {
    if (this.#link === link) return;
    this.#link = link;
    this.#links.tell(link);
  }
}

export function closed(): ClientError {
  return new ClientError('SPOOKY_CLIENT_CLOSED', 'This client was closed; make another with createClient.');
}
