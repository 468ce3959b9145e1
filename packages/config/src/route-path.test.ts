import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { routePath } from './route-path.ts';

describe('routePath', () => {
  it.each([
    ['/', '/'],
    ['/spookify', '/spookify'],
    ['/café', '/caf%C3%A9'],
    ['/caf%C3%A9', '/caf%C3%A9'],
    ['/caf%c3%a9', '/caf%C3%A9'],
    ['/with space', '/with%20space'],
    ['/with%20space', '/with%20space'],
    ['/日本語/👻', '/%E6%97%A5%E6%9C%AC%E8%AA%9E/%F0%9F%91%BB'],
    ['/פתק', '/%D7%A4%D7%AA%D7%A7'],
    ['/threads/sum-up/', '/threads/sum-up/'],
    ['/.well-known/x', '/.well-known/x'],
    ['/a..b/...', '/a..b/...'],
    ['/messages:send', '/messages:send'],
    ["/a;b=1,2/@me/$x!'()+~_", "/a;b=1,2/@me/$x!'()+~_"],
    ['/[a]|"b"<c>^`', '/%5Ba%5D%7C%22b%22%3Cc%3E%5E%60'],
  ])('calls %s as %s', (path, url) => {
    expect(routePath(path)).toEqual({ kind: 'callable', url, text: decodeURIComponent(url) });
  });

  it.each([
    ['ghost', 'must start with /'],
    ['', 'must start with /'],
    ['http://evil.example/', 'must start with /'],
    ['/q?x=1', '? starts a query'],
    ['/q#x', '# starts a fragment'],
    ['/what%3F', 'the meaning of ?'],
    ['/%23', 'the meaning of #'],
    ['/100%', 'two hexadecimal digits'],
    ['/100%zz', 'two hexadecimal digits'],
    ['/caf%E9', 'two hexadecimal digits'],
    ['/%C0%AE%C0%AE/x', 'two hexadecimal digits'],
    ['/%2525', 'the meaning of %'],
    ['/..', '. and .. lead'],
    ['/a/../b', '. and .. lead'],
    ['/a/./b', '. and .. lead'],
    ['/a/%2e%2E/b', '. and .. lead'],
    ['/a/..;x/b', '. and .. lead'],
    ['//evil.example', 'two slashes'],
    ['/a//b', 'two slashes'],
    ['/a%2Fb', 'the meaning of /'],
    ['/a\\b', 'the meaning of \\'],
    ['/a%5cb', 'the meaning of \\'],
    ['/all*', 'the meaning of *'],
    ['/{', 'the meaning of {'],
    ['/a%7Bid%7D', 'the meaning of {'],
    ['/users/:id', 'is a parameter'],
    ['/a\tb', 'invisible character'],
    ['/a\r\nHost: evil.example', 'invisible character'],
    ['/a%00', 'invisible character'],
    ['/a\u202etxt', 'invisible character'],
    ['/\ufeffa', 'invisible character'],
    ['/cafe\u0301', 'Unicode form NFC'],
  ])('refuses %j: %s', (path, reason) => {
    expect(routePath(path)).toEqual({ kind: 'refused', reason: expect.stringContaining(reason) });
  });

  it('refuses half of a surrogate pair', () => {
    expect(routePath('/\ud83d')).toMatchObject({ kind: 'refused' });
  });

  it.each(['/threads/{id}', '/{a}/{b}', '/a{b}c'])('reports the parameters of %s', (path) => {
    expect(routePath(path)).toEqual({ kind: 'template', reason: expect.stringContaining('a job has no value for {') });
  });

  it('returns what every URL parser reads as this path, for any path', () => {
    const piece = fc.constantFrom(
      ...['/', '.', ';', ':', '@', '%', '%2e', '%41', '%25', '?', '\\', ' ', '"', '[', 'é', 'x'],
    );
    const path = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(piece).map((pieces) => pieces.join('')),
    );
    fc.assert(
      fc.property(path, (rest) => {
        const called = routePath(`/${rest}`);
        if (called.kind !== 'callable') return;
        const url = new URL(`https://example.com/v1${called.url}`);
        expect([url.origin, url.pathname, url.search, url.hash]).toEqual([
          'https://example.com',
          `/v1${called.url}`,
          '',
          '',
        ]);
        expect(decodeURIComponent(called.url)).toBe(called.text);
        // A path that is written decoded is called in the same way.
        expect(routePath(called.text)).toEqual(called);
        expect(routePath(called.url)).toEqual(called);
      }),
    );
  });
});
