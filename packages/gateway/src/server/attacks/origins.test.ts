import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ORIGIN, PASSWORD, startTestGateway, type TestGateway } from '../../testing/test-gateway.ts';

let test: TestGateway;
let cookie: string;
let token: string;
beforeAll(async () => {
  test = await startTestGateway({ origins: [ORIGIN, 'https://app.example'] });
  ({ cookie } = await test.signUp('ada'));
  ({ token } = await test.signUpProgram('ben'));
});
afterAll(() => test.close());

const FOREIGN = [
  'https://evil.example',
  'null',
  'http://localhost:3601',
  'https://localhost:3600',
  'http://localhost:3600.evil.example',
  'http://LOCALHOST:3600',
  'http://localhost:3600/',
  ' ',
  'http://localhost',
];
const credentials = { access: 'account', variables: { name: 'ada', password: PASSWORD } };

async function stillSignedIn(): Promise<void> {
  expect((await test.post('renew', {}, { cookie })).status).toBe(200);
}

describe('a page of a foreign origin', () => {
  it.each(FOREIGN)('receives no frame and is closed with the reason: %s', async (origin) => {
    for (const visitor of [{ cookie }, { token }]) {
      const socket = await test.connect({ ...visitor, origin });
      expect(await socket.closed).toMatchObject({ code: 4403 });
      expect(socket.frames).toEqual([]);
    }
  });

  it.each(FOREIGN)('cannot sign anyone out, in or up, or renew: %s', async (origin) => {
    for (const [path, body] of [
      ['sign-out', {}],
      ['sign-in', credentials],
      ['renew', {}],
      ['sign-up', credentials],
    ] as const) {
      const response = await test.post(path, body, { cookie, origin });
      expect(response.status, path).toBe(403);
      expect(response.headers.getSetCookie()).toEqual([]);
      expect([...response.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
      expect(await response.json()).toMatchObject({ code: 'SPOOKY_GATEWAY_FOREIGN_ORIGIN' });
    }
    await stillSignedIn();
  });

  it('gets no permission from a preflight', async () => {
    const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' };
    const response = await fetch(`${test.url}/spooky/sign-out`, { method: 'OPTIONS', headers });
    expect(response.ok).toBe(false);
    expect([...response.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});

describe('a form of a foreign page', () => {
  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    undefined,
    'text/json',
  ])('is refused for its content type: %s', async (type) => {
    const sent = await raw('sign-out', '{}', { origin: ORIGIN, cookie, ...(type && { 'content-type': type }) });
    expect(sent.status).toBeGreaterThanOrEqual(400);
    await stillSignedIn();
  });

  it('is refused for its Sec-Fetch-Site header', async () => {
    for (const site of ['cross-site', 'same-site', 'none']) {
      const sent = await raw('sign-out', '{}', { ...JSON_TYPE, origin: ORIGIN, cookie, 'sec-fetch-site': site });
      expect(sent.status).toBe(403);
    }
    await stillSignedIn();
  });
});

describe('a cookie', () => {
  it('does not count without an Origin', async () => {
    const socket = await test.connect({ cookie, origin: null });
    expect(await socket.closed).toMatchObject({ code: 4401 });
    expect((await test.post('renew', {}, { cookie, origin: undefined })).status).toBe(401);
    expect((await test.post('sign-out', {}, { cookie, origin: undefined })).status).toBe(200);
    await stillSignedIn();
  });

  it('does not count for another project, port or scheme', async () => {
    const value = cookie.split('=')[1];
    for (const name of [
      'spooky-other-3600',
      'spooky-test-3601',
      '__Host-spooky',
      'spooky-test-3600x',
      'Spooky-test-3600',
    ]) {
      expect((await test.post('renew', {}, { cookie: `${name}=${value}` })).status, name).toBe(401);
    }
    expect((await test.post('renew', {}, { cookie, origin: 'https://app.example' })).status).toBe(401);
  });

  it('does not count if it is sent twice', async () => {
    expect((await test.post('renew', {}, { cookie: `${cookie}; ${cookie.replace(/.$/, 'x')}` })).status).toBe(401);
  });

  it('counts only for pages, and a token in a header only for programs', async () => {
    const value = cookie.split('=')[1];
    expect((await test.post('renew', {}, { authorization: `Bearer ${value}` })).status).toBe(401);
    expect((await test.post('renew', {}, { cookie: `spooky-test-3600=${token}`, origin: undefined })).status).toBe(401);
  });

  it('is secure and bound to its host only under https', async () => {
    const response = await test.post('sign-in', credentials, { origin: 'https://app.example' });
    expect(response.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^__Host-spooky=[\w-]{43}; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=Strict$/),
    ]);
  });

  it('is no session if it contains garbage', async () => {
    for (const value of ['', 'x', '%00', "'; DELETE spooky_session; --", 'a'.repeat(43), 'a'.repeat(5_000)]) {
      const response = await test.post('renew', {}, { cookie: `spooky-test-3600=${value}` });
      expect(response.status).toBe(401);
    }
    await stillSignedIn();
  });
});

const JSON_TYPE = { 'content-type': 'application/json' };

/** Sends any headers, unlike `fetch`. */
function raw(path: string, body: string, headers: Record<string, string>): Promise<{ readonly status: number }> {
  return new Promise((resolve, reject) => {
    const sent = request(`${test.url}/spooky/${path}`, { method: 'POST', headers }, (response) => {
      response.resume();
      response.on('end', () => resolve({ status: response.statusCode ?? 0 }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
