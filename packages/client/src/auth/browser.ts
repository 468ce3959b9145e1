/** What the tabs of one browser share besides the cookie. It contains no secret. */
export interface Browser {
  /** A user was signed in here. If the gateway then has no session, it has ended. */
  wasSignedIn: boolean;
  /** The user has signed out and the gateway does not know it yet. The cookie must not be used. */
  isSigningOut: boolean;
  /** Sends a message to the other tabs. */
  send(message: TabMessage): void;
  /** Calls the listener with messages of other tabs. */
  listen(listener: (message: TabMessage) => void): void;
  close(): void;
}

export type TabMessage = { readonly kind: 'signed-in'; readonly user: string } | { readonly kind: 'signed-out' };

/** For a program that is not a page: there are no other tabs. */
export function noBrowser(): Browser {
  const nothing = (): void => undefined;
  return { wasSignedIn: false, isSigningOut: false, send: nothing, listen: nothing, close: nothing };
}

/** For a page: uses `localStorage` and a BroadcastChannel if the browser has and allows them. */
export class PageBrowser implements Browser {
  readonly #name: string;
  readonly #channel: BroadcastChannel | undefined;
  /** Flags that could not be stored. */
  readonly #unsaved = new Map<string, boolean>();

  /** @param name distinguishes the gateways that one origin uses */
  constructor(name: string) {
    this.#name = `spookify:${name}`;
    // One channel for both directions: it does not receive its own messages.
    this.#channel = globalThis.BroadcastChannel && new BroadcastChannel(this.#name);
  }

  get wasSignedIn(): boolean {
    return this.#read('was-signed-in');
  }

  set wasSignedIn(isSet: boolean) {
    this.#write('was-signed-in', isSet);
  }

  get isSigningOut(): boolean {
    return this.#read('is-signing-out');
  }

  set isSigningOut(isSet: boolean) {
    this.#write('is-signing-out', isSet);
  }

  send(message: TabMessage): void {
    this.#channel?.postMessage(message);
  }

  listen(listener: (message: TabMessage) => void): void {
    this.#channel?.addEventListener('message', ({ data }) => {
      if (data?.kind === 'signed-out') listener({ kind: 'signed-out' });
      if (data?.kind === 'signed-in') listener({ kind: 'signed-in', user: String(data.user) });
    });
  }

  close(): void {
    this.#channel?.close();
  }

  #read(flag: string): boolean {
    try {
      return this.#unsaved.get(flag) ?? globalThis.localStorage.getItem(`${this.#name}:${flag}`) !== null;
    } catch {
      return false;
    }
  }

  #write(flag: string, isSet: boolean): void {
    this.#unsaved.delete(flag);
    try {
      // A flag that already has the value is not written: most are set at every connection.
      if (this.#read(flag) === isSet) return;
      if (isSet) globalThis.localStorage.setItem(`${this.#name}:${flag}`, '1');
      else globalThis.localStorage.removeItem(`${this.#name}:${flag}`);
    } catch {
      // The storage is forbidden or full. The flag then lasts as long as the page.
      this.#unsaved.set(flag, isSet);
    }
  }
}
