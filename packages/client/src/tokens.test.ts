import { afterEach, describe, expect, it, vi } from 'vitest';
import { claimsOf, TokenStore } from './tokens.ts';
import { onWake } from './wake.ts';

const database = { url: 'ws://127.0.0.1:1/rpc', namespace: 'main', database: 'spookify' };
const tokens = { access: 'a.b.c', refresh: 'r' };

/** The parts of a page that matter here: its storage, its events, and whether it is looked at. */
function stubPage() {
  const items = new Map<string, string>();
  const storage = {
    getItem: (name: string) => items.get(name) ?? null,
    setItem: (name: string, value: string) => void items.set(name, value),
    removeItem: (name: string) => void items.delete(name),
  };
  const page = new EventTarget();
  const document = Object.assign(new EventTarget(), { visibilityState: 'visible' });
  vi.stubGlobal('document', document);
  vi.stubGlobal('localStorage', storage);
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page));
  vi.stubGlobal('removeEventListener', page.removeEventListener.bind(page));
  const storageEvent = (key: string | null) => Object.assign(new Event('storage'), { key, storageArea: storage });
  return { items, storage, page, document, storageEvent };
}

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('TokenStore', () => {
  it('uses the storage of the page, and hears of the other tabs', () => {
    const { items, page, storageEvent } = stubPage();
    const store = new TokenStore(undefined, database);
    const heard = vi.fn();
    const stop = store.subscribe(heard);
    store.write(tokens);
    expect([...items.keys()]).toEqual([store.name]);
    page.dispatchEvent(storageEvent('something else'));
    expect(heard).not.toHaveBeenCalled();
    page.dispatchEvent(storageEvent(store.name));
    page.dispatchEvent(storageEvent(null));
    expect(heard).toHaveBeenCalledTimes(2);
    stop();
    page.dispatchEvent(storageEvent(null));
    expect(heard).toHaveBeenCalledTimes(2);
  });

  it('keeps a session in memory where the page may not store, or the storage is full', () => {
    const { storage } = stubPage();
    const full = new TokenStore(storage, database);
    const setItem = vi.spyOn(storage, 'setItem').mockImplementation(() => {
      throw new DOMException('full', 'QuotaExceededError');
    });
    for (const store of [full, new TokenStore(undefined, database)]) {
      store.write(tokens);
      expect(store.read()).toEqual(tokens);
      store.clear();
      expect(store.read()).toBeUndefined();
    }
    expect(setItem).toHaveBeenCalled();
  });

  it.each(['', 'null', '[]', '7', '{"access":7}', '{"refresh":"r"}', '{'])('reads %j as no session', (text) => {
    const { items, storage } = stubPage();
    const store = new TokenStore(storage, database);
    items.set(store.name, text);
    expect(store.read()).toBeUndefined();
  });
});

describe('claimsOf', () => {
  it('reads the payload of a token, and nothing of what is none', () => {
    const body = Buffer.from(JSON.stringify({ iat: 1, exp: 2, ID: 'user:ada?>' })).toString('base64url');
    expect(claimsOf(`x.${body}.y`)).toEqual({ issuedAt: 1, expiresAt: 2, user: 'user:ada?>' });
    for (const token of ['', 'a.b.c', 'a.bnVsbA.c', `x.${Buffer.from('{}').toString('base64url')}.y`]) {
      expect(claimsOf(token)).toBeUndefined();
    }
  });
});

describe('onWake', () => {
  it('tells when the network is back or the page is looked at, until it is stopped', () => {
    const { page, document } = stubPage();
    const woken = vi.fn();
    const stop = onWake(woken);
    page.dispatchEvent(new Event('online'));
    document.dispatchEvent(new Event('visibilitychange'));
    expect(woken).toHaveBeenCalledTimes(2);
    document.visibilityState = 'hidden';
    document.dispatchEvent(new Event('visibilitychange'));
    expect(woken).toHaveBeenCalledTimes(2);
    stop();
    page.dispatchEvent(new Event('online'));
    expect(woken).toHaveBeenCalledTimes(2);
  });
});
