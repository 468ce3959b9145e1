import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Endpoint } from '../connection/endpoint.ts';
import { cookieTransport, tokenTransport } from './session-transport.ts';

const requests: { url: string | undefined; headers: IncomingHttpHeaders; body: string }[] = [];
let answer: { status: number; body: string } = { status: 200, body: '{}' };
const server = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  requests.push({ url: request.url, headers: request.headers, body });
  response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
});
let endpoint: Endpoint;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = new Endpoint(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
});

const session = (token?: string) => JSON.stringify({ user: { $r: ['user', 'ada'] }, renewInMs: 1, token });

describe('a token', () => {
  it('is stored from the answer, sent with each request, and removed with the session', async () => {
    const transport = tokenTransport(endpoint);
    expect(transport.mayHaveSession).toBe(false);
    answer = { status: 200, body: session('secret') };
    await transport.post('sign-in', { access: 'account', variables: {} });
    expect(transport.mayHaveSession).toBe(true);
    answer = { status: 200, body: session() };
    await transport.post('renew', {});
    answer = { status: 200, body: '{}' };
    await transport.post('sign-out', {});
    expect(requests.splice(0)).toMatchObject([
      {
        url: '/spooky/sign-in',
        body: '{"access":"account","variables":{}}',
        headers: { 'content-type': 'application/json' },
      },
      { url: '/spooky/renew', headers: { authorization: 'Bearer secret' } },
      { url: '/spooky/sign-out', headers: { authorization: 'Bearer secret' } },
    ]);
    expect(transport.mayHaveSession).toBe(false);
  });
});

describe('an answer', () => {
  it.each([
    [401, '{"code":"SPOOKY_GATEWAY_SIGNED_OUT","message":"x"}', 'SPOOKY_CLIENT_SIGNED_OUT'],
    [401, '{"code":"SPOOKY_GATEWAY_INVALID_CREDENTIALS","message":"x"}', 'SPOOKY_CLIENT_INVALID_CREDENTIALS'],
    [400, '{"code":"SPOOKY_GATEWAY_SIGN_UP_REFUSED","message":"x","reason":"taken"}', 'SPOOKY_CLIENT_SIGN_UP_REFUSED'],
    [429, '{"code":"SPOOKY_GATEWAY_BUSY","message":"x","retryInMs":5}', 'SPOOKY_CLIENT_BUSY'],
    [503, '{"code":"SPOOKY_GATEWAY_DATABASE_AWAY","message":"x"}', 'SPOOKY_CLIENT_NOT_CONNECTED'],
    [500, '{"code":"SPOOKY_GATEWAY_OF_TOMORROW","message":"x"}', 'SPOOKY_CLIENT_GATEWAY'],
    [502, '<html>Bad gateway</html>', 'SPOOKY_CLIENT_NOT_CONNECTED'],
    [404, '<html>Not found</html>', 'SPOOKY_CLIENT_GATEWAY'],
    [401, '<html>Who are you?</html>', 'SPOOKY_CLIENT_GATEWAY'],
    [200, 'OK', 'SPOOKY_CLIENT_GATEWAY'],
  ])('%i %s is %s', async (status, body, code) => {
    answer = { status, body };
    await expect(tokenTransport(endpoint).post('renew', {})).rejects.toMatchObject({ code });
  });

  it('that never arrives is SPOOKY_CLIENT_NOT_CONNECTED', async () => {
    const transport = tokenTransport(new Endpoint('http://127.0.0.1:1'));
    await expect(transport.post('renew', {})).rejects.toMatchObject({ code: 'SPOOKY_CLIENT_NOT_CONNECTED' });
  });
});

describe('a cookie', () => {
  it.each([
    ['http://app.test', 'same-origin'],
    ['http://elsewhere.test', 'include'],
  ])('is sent to %s with the credentials "%s", invisible to scripts', async (url, credentials) => {
    vi.stubGlobal('location', { origin: 'http://app.test' });
    const fetching = vi.fn(async (_: string, __: RequestInit) => new Response(session('secret')));
    vi.stubGlobal('fetch', fetching);
    const transport = cookieTransport(new Endpoint(url));
    await transport.post('sign-in', {});
    await transport.post('renew', {});
    for (const [target, init] of fetching.mock.calls) {
      expect(target).toMatch(`${url}/spooky/`);
      expect(init).toMatchObject({ method: 'POST', credentials, headers: { 'content-type': 'application/json' } });
      expect(init.headers).not.toHaveProperty('authorization');
    }
    vi.unstubAllGlobals();
  });
});
