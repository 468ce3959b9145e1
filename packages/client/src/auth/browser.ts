/** What the tabs of one browser share besides the cookie. Nothing in it is secret. */
export interface Browser {
  /** A person was signed in here: if the gateway knows no session any more, it has ended. */
  wasSignedIn: boolean;
  /** The person signed out and the gateway does not know it yet: the cookie must not be used any more. */
  isSigningOut: boolean;
  /** Tells the other tabs. */
  tell(message: TabMessage): void;
  /** Calls the listener with what other tabs tell. */
  listen(listener: (message: TabMessage) => void): void;
  close(): void;
}

export type TabMessage = { readonly kind: 'signed-in'; readonly user: string } | { readonly kind: 'signed-out' };

/** For a program that is no page: there is nothing to share with. */
export function noBrowser(): Browser {
  const nothing = (): void => undefined;
  return { wasSignedIn: false, isSigningOut: false, tell: nothing, listen: nothing, close: nothing };
}

/** For a page: `localStorage` and a BroadcastChannel, as far as the browser has and allows them. */
export class PageBrowser implements Browser {
  readonly #name: string;
  readonly #channel: BroadcastChannel | undefined;
  /** Flags that could not be stored. */
  readonly #unsaved = new Map<string, boolean>();

  /** @param name keeps the gateways apart that one origin uses */
  constructor(name: string) {
    this.#name = `spookify:${name}`;
    // One channel for both directions: it does not hear itself.
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

  tell(message: TabMessage): void {
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
      // A flag that is right already is left alone: most are written with every connection.
      if (this.#read(flag) === isSet) return;
      if (isSet) globalThis.localStorage.setItem(`${this.#name}:${flag}`, '1');
      else globalThis.localStorage.removeItem(`${this.#name}:${flag}`);
    } catch {
      // Forbidden, or full. The flag then lasts as long as the page.
      this.#unsaved.set(flag, isSet);
    }
  }
}
