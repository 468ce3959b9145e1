import type { QueueMessage } from '../queue/write-queue.ts';

/** What the tabs of one browser share besides the cookie. It contains no secret. */
export interface Browser {
  /**
   * The id of the user who is signed in here, as text, as far as this browser knows. His data is shown until the
   * gateway answers. If the gateway then has no session, it has ended.
   */
  user: string | undefined;
  /** The user has signed out and the gateway does not know it yet. The cookie must not be used. */
  isSigningOut: boolean;
  /** Sends a message to the other tabs. */
  send(message: TabMessage): void;
  /** Calls the listener with messages of other tabs. */
  listen(listener: (message: TabMessage) => void): void;
  close(): void;
}

export type TabMessage =
  | { readonly kind: 'signed-in'; readonly user: string }
  | { readonly kind: 'signed-out' }
  /** The pending writes have changed. */
  | { readonly kind: 'queue'; readonly change: QueueMessage };

/** For a program that is not a page: there are no other tabs. */
export function noBrowser(): Browser {
  const nothing = (): void => undefined;
  return { user: undefined, isSigningOut: false, send: nothing, listen: nothing, close: nothing };
}

/** For a page: uses `localStorage` and a BroadcastChannel if the browser has and allows them. */
export class PageBrowser implements Browser {
  readonly #name: string;
  readonly #channel: BroadcastChannel | undefined;
  #isClosed = false;
  /** Values that could not be stored. */
  readonly #unsaved = new Map<string, string | undefined>();

  /** @param name distinguishes the gateways that one origin uses */
  constructor(name: string) {
    this.#name = `spookify:${name}`;
    // One channel for both directions: it does not receive its own messages.
    this.#channel = globalThis.BroadcastChannel && new BroadcastChannel(this.#name);
  }

  get user(): string | undefined {
    return this.#read('user');
  }

  set user(user: string | undefined) {
    this.#write('user', user);
  }

  get isSigningOut(): boolean {
    return this.#read('is-signing-out') !== undefined;
  }

  set isSigningOut(isSet: boolean) {
    this.#write('is-signing-out', isSet ? '1' : undefined);
  }

  send(message: TabMessage): void {
    // A write that was begun before the end of the client may be stored after it.
    if (!this.#isClosed) this.#channel?.postMessage(message);
  }

  listen(listener: (message: TabMessage) => void): void {
    this.#channel?.addEventListener('message', ({ data }) => {
      // Other code of the page may use the channel. The queue checks its own messages.
      if (data?.kind === 'signed-out') listener({ kind: 'signed-out' });
      if (data?.kind === 'signed-in') listener({ kind: 'signed-in', user: String(data.user) });
      if (data?.kind === 'queue') listener({ kind: 'queue', change: data.change });
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#channel?.close();
  }

  #read(name: string): string | undefined {
    try {
      if (this.#unsaved.has(name)) return this.#unsaved.get(name);
      return globalThis.localStorage.getItem(`${this.#name}:${name}`) ?? undefined;
    } catch {
      return undefined;
    }
  }

  #write(name: string, value: string | undefined): void {
    this.#unsaved.delete(name);
    try {
      // A value that is already there is not written: most are set at every connection.
      if (this.#read(name) === value) return;
      if (value === undefined) globalThis.localStorage.removeItem(`${this.#name}:${name}`);
      else globalThis.localStorage.setItem(`${this.#name}:${name}`, value);
    } catch {
      // The storage is forbidden or full. The value then lasts as long as the page.
      this.#unsaved.set(name, value);
    }
  }
}
