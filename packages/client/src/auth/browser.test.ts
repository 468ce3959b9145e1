import { afterEach, describe, expect, it, vi } from 'vitest';
import { PageBrowser } from './browser.ts';

/** The parts of a page that this test needs. */
function stubPage() {
  const items = new Map<string, string>();
  const storage = {
    getItem: (name: string) => items.get(name) ?? null,
    setItem: (name: string, value: string) => void items.set(name, value),
    removeItem: (name: string) => void items.delete(name),
  };
  vi.stubGlobal('localStorage', storage);
  return { items, storage };
}

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('a page', () => {
  it('stores who is signed in, for all tabs, separately for each gateway, and nothing else', () => {
    const { items } = stubPage();
    const [tab, other, elsewhere] = [new PageBrowser('a'), new PageBrowser('a'), new PageBrowser('b')];
    tab.user = 'user:ada';
    tab.isSigningOut = true;
    expect([other.user, other.isSigningOut]).toEqual(['user:ada', true]);
    expect([elsewhere.user, elsewhere.isSigningOut]).toEqual([undefined, false]);
    other.user = undefined;
    expect([...items]).toEqual([['spookify:a:is-signing-out', '1']]);
    for (const page of [tab, other, elsewhere]) page.close();
  });

  it('keeps the flags in memory if storage is forbidden', () => {
    const { storage } = stubPage();
    vi.spyOn(storage, 'setItem').mockImplementation(() => {
      throw new DOMException('full', 'QuotaExceededError');
    });
    const tab = new PageBrowser('a');
    tab.isSigningOut = true;
    expect(tab.isSigningOut).toBe(true);
    tab.isSigningOut = false;
    expect(tab.isSigningOut).toBe(false);
    vi.stubGlobal('localStorage', undefined);
    tab.user = 'user:ada';
    expect(tab.user).toBe('user:ada');
    tab.close();
  });

  it('sends messages to other tabs but not to itself, and ignores other messages', async () => {
    stubPage();
    const name = crypto.randomUUID();
    const [left, right] = [new PageBrowser(name), new PageBrowser(name)];
    const heard: unknown[] = [];
    left.listen((message) => heard.push(['left', message]));
    right.listen((message) => heard.push(['right', message]));
    const stranger = new BroadcastChannel(`spookify:${name}`);
    for (const message of [null, 7, 'signed-out', { kind: 'something' }]) stranger.postMessage(message);
    left.send({ kind: 'signed-in', user: 'user:ada' });
    right.send({ kind: 'signed-out' });
    await vi.waitFor(() => expect(heard).toHaveLength(2));
    expect(heard).toContainEqual(['right', { kind: 'signed-in', user: 'user:ada' }]);
    expect(heard).toContainEqual(['left', { kind: 'signed-out' }]);
    stranger.close();
    left.close();
    right.close();
    expect(() => left.send({ kind: 'signed-out' })).not.toThrow();
  });
});
