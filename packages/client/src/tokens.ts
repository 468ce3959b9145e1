/** What a sign-in gives: the access token, good for minutes, and the refresh token, good for weeks and for one use. */
export interface SessionTokens {
  readonly access: string;
  readonly refresh: string | undefined;
}

/** Where sessions are kept: `localStorage`, `sessionStorage`, or anything else with these methods. */
export interface TokenStorage {
  getItem(name: string): string | null;
  setItem(name: string, value: string): void;
  removeItem(name: string): void;
  /** Tells of changes made by others, such as another tab; the listener gets the name, or null for "anything". */
  subscribe?(listener: (name: string | null) => void): () => void;
}

/** The session of one database, as it is kept between visits and shared between tabs. */
export class TokenStore {
  readonly name: string;
  readonly #storage: TokenStorage;
  #unsaved: SessionTokens | undefined;

  constructor(storage: TokenStorage | undefined, database: { url: string; namespace: string; database: string }) {
    this.#storage = storage ?? defaultStorage();
    // Two apps on one origin, or one app against two databases, must not use each other's sessions.
    this.name = `spookify:session:${database.namespace}/${database.database}@${database.url}`;
  }

  read(): SessionTokens | undefined {
    return this.#unsaved ?? parse(this.#storage.getItem(this.name));
  }

  write(tokens: SessionTokens): void {
    try {
      this.#storage.setItem(this.name, JSON.stringify(tokens));
      this.#unsaved = undefined;
    } catch {
      // The storage is full. The session then lasts as long as the page.
      this.#unsaved = tokens;
    }
  }

  clear(): void {
    this.#unsaved = undefined;
    this.#storage.removeItem(this.name);
  }

  /** Tells of a session that another tab has begun, renewed or ended. */
  subscribe(listener: () => void): () => void {
    const onChange = (name: string | null): void => {
      if (name === null || name === this.name) listener();
    };
    return this.#storage.subscribe?.(onChange) ?? (() => undefined);
  }
}

function parse(text: string | null): SessionTokens | undefined {
  try {
    const value: unknown = JSON.parse(text ?? 'null');
    if (typeof value !== 'object' || value === null || !('access' in value)) return undefined;
    const { access } = value;
    const refresh = 'refresh' in value ? value.refresh : undefined;
    if (typeof access !== 'string') return undefined;
    return { access, refresh: typeof refresh === 'string' ? refresh : undefined };
  } catch {
    return undefined;
  }
}

/** `localStorage` where there is one and it may be used; else memory, for as long as the client lives. */
function defaultStorage(): TokenStorage {
  return localStorageOrUndefined() ?? memoryStorage();
}

function localStorageOrUndefined(): TokenStorage | undefined {
  // Only a page has tabs to share with. Reading the property throws where the browser forbids storage.
  if (globalThis.document === undefined) return undefined;
  try {
    const storage = globalThis.localStorage;
    const probe = 'spookify:probe';
    storage.setItem(probe, '');
    storage.removeItem(probe);
    return {
      getItem: (name) => storage.getItem(name),
      setItem: (name, value) => storage.setItem(name, value),
      removeItem: (name) => storage.removeItem(name),
      subscribe: (listener) => {
        const onStorage = (event: StorageEvent): void => {
          if (event.storageArea === storage) listener(event.key);
        };
        globalThis.addEventListener('storage', onStorage);
        return () => globalThis.removeEventListener('storage', onStorage);
      },
    };
  } catch {
    return undefined;
  }
}

function memoryStorage(): TokenStorage {
  const items = new Map<string, string>();
  return {
    getItem: (name) => items.get(name) ?? null,
    setItem: (name, value) => void items.set(name, value),
    removeItem: (name) => void items.delete(name),
  };
}

/** What is read from an access token. Nothing is decided by it that the server does not decide again. */
export interface Claims {
  /** The record that is signed in, as text. */
  readonly user: string | undefined;
  /** Seconds since 1970, by the server's clock. */
  readonly issuedAt: number;
  readonly expiresAt: number;
}

export function claimsOf(access: string): Claims | undefined {
  try {
    const body = access.split('.')[1] ?? '';
    const claims: unknown = JSON.parse(atob(body.replaceAll('-', '+').replaceAll('_', '/')));
    if (typeof claims !== 'object' || claims === null) return undefined;
    const { ID, iat, exp } = claims as { ID?: unknown; iat?: unknown; exp?: unknown };
    if (typeof iat !== 'number' || typeof exp !== 'number') return undefined;
    return { user: typeof ID === 'string' ? ID : undefined, issuedAt: iat, expiresAt: exp };
  } catch {
    return undefined;
  }
}
