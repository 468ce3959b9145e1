import { afterEach, describe, expect, it, vi } from 'vitest';
import { Endpoint } from './endpoint.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('the URL of a gateway', () => {
  it.each([
    ['http://127.0.0.1:3668', 'ws://127.0.0.1:3668/spooky/socket?protocol=2', 'http://127.0.0.1:3668/spooky/renew'],
    ['ws://127.0.0.1:3668', 'ws://127.0.0.1:3668/spooky/socket?protocol=2', 'http://127.0.0.1:3668/spooky/renew'],
    ['https://app.test/', 'wss://app.test/spooky/socket?protocol=2', 'https://app.test/spooky/renew'],
    ['wss://app.test/x/?y#z', 'wss://app.test/x/spooky/socket?protocol=2', 'https://app.test/x/spooky/renew'],
  ])('%s leads to the socket %s and to the endpoints beside it', (url, socket, renew) => {
    const endpoint = new Endpoint(url);
    expect([endpoint.socket(undefined), endpoint.post('renew')]).toEqual([socket, renew]);
    expect(endpoint.socket(12)).toBe(`${socket}&round=12`);
  });

  it('is the origin of the page by default', () => {
    vi.stubGlobal('location', { origin: 'https://app.test' });
    expect(new Endpoint(undefined)).toMatchObject({ base: 'https://app.test', isForeign: false });
    expect(new Endpoint('wss://app.test')).toMatchObject({ isForeign: false });
    expect(new Endpoint('wss://elsewhere.test')).toMatchObject({ isForeign: true });
  });

  it.each([undefined, '', 'app.test', '/spooky', 'ftp://app.test', 'javascript:alert(1)'])('must not be %j', (url) => {
    expect(() => new Endpoint(url)).toThrow(expect.objectContaining({ code: 'SPOOKY_CLIENT_INVALID_OPTION' }));
  });
});
