import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { cookieOf, ORIGIN, PASSWORD, startTestGateway, type TestGateway } from '../testing/test-gateway.ts';
import { PROTOCOL } from '../wire/frames.ts';
import { decodeValue } from '../wire/value.ts';

let test: TestGateway;
beforeAll(async () => {
  test = await startTestGateway();
});
afterAll(() => test.close());

const credentials = (name: string, password = PASSWORD) => ({ access: 'account', variables: { name, password } });

async function sessionsOf(name: string): Promise<number> {
  const users = 'SELECT VALUE id FROM person WHERE name = $name';
  const text = `SELECT VALUE id FROM spooky_session WHERE user IN (${users})`;
  return (await test.owner.query<unknown[]>(text, { name })).length;
}

describe('a page', () => {
  it('receives a cookie that scripts cannot read and no token, and is recognised by it', async () => {
    const response = await test.post('sign-up', credentials('ada'));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      user: { $r: ['person', expect.any(String)] },
      renewInMs: 3_600_000,
    });
    expect(response.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^spooky-test-3600=[\w-]{43}; Max-Age=2592000; Path=\/spooky; HttpOnly; SameSite=Strict$/),
    ]);
    const { frame, close } = await test.connect({ cookie: cookieOf(response) });
    expect(await frame('hello')).toMatchObject({ protocol: PROTOCOL, namespace: 'main', database: 'app' });
    close();
  });

  it('stores only the hash of the token', async () => {
    const { cookie } = await test.signUp('hash');
    const rows = await test.owner.query('SELECT * FROM spooky_session');
    expect(JSON.stringify(rows)).not.toContain(cookie.split('=')[1]);
  });

  it('ends the old session when it signs in again', async () => {
    const { cookie } = await test.signUp('ben');
    const again = await test.post('sign-in', credentials('ben'), { cookie });
    expect(again.status).toBe(200);
    expect(cookieOf(again)).not.toBe(cookie);
    expect(await sessionsOf('ben')).toBe(1);
    expect((await test.post('renew', {}, { cookie })).status).toBe(401);
  });

  it('renews its session, which sets the cookie again', async () => {
    const { cookie, user } = await test.signUp('cleo');
    const bindings = { user: decodeValue(user) };
    await test.owner.query('UPDATE spooky_session SET expires_at = time::now() + 1h WHERE user = $user', bindings);
    const response = await test.post('renew', {}, { cookie });
    expect(await response.json()).toEqual({ user: { $r: ['person', expect.any(String)] }, renewInMs: 3_600_000 });
    expect(cookieOf(response)).toBe(cookie);
    const [left] = await test.owner.query<number[]>(
      'SELECT VALUE duration::days(expires_at - time::now()) FROM spooky_session WHERE user = $user',
      bindings,
    );
    expect(left).toBe(29);
  });

  it('signs out, which ends the session and removes the cookie; also without a session', async () => {
    const { cookie } = await test.signUp('dora');
    const socket = await test.connect({ cookie });
    const response = await test.post('sign-out', {}, { cookie });
    expect(await response.json()).toEqual({});
    expect(response.headers.getSetCookie()[0]).toMatch(/^spooky-test-3600=; .*Expires=Thu, 01 Jan 1970/);
    expect(await socket.closed).toMatchObject({ code: 4401 });
    expect(await sessionsOf('dora')).toBe(0);
    const refused = await test.post('renew', {}, { cookie });
    expect(refused.status).toBe(401);
    expect(await refused.json()).toMatchObject({ code: 'SPOOKY_GATEWAY_SIGNED_OUT' });
    expect((await test.post('sign-out', {})).status).toBe(200);
  });

  it('closes the socket after a sign-out without waiting for a full scan of the inbox', async () => {
    // On its own database, because another gateway would see the sign-out and wake this one.
    const patient = await startTestGateway({
      limits: { changes: { fullScanMs: 3_600_000 } },
    });
    onTestFinished(() => patient.close());
    const { cookie } = await patient.signUp('dina');
    const socket = await patient.connect({ cookie });
    await socket.frame('hello');
    await patient.post('sign-out', {}, { cookie });
    expect(await socket.closed).toMatchObject({ code: 4401 });
  });
});

describe('a program without an Origin', () => {
  it('receives a token and no cookie', async () => {
    const response = await test.post('sign-up', credentials('emil'), { origin: undefined });
    expect(response.headers.getSetCookie()).toEqual([]);
    const { token } = (await response.json()) as { token: string };
    const headers = { origin: undefined, authorization: `Bearer ${token}` };
    expect(await (await test.post('renew', {}, headers)).json()).toMatchObject({ token });
    const socket = await test.connect({ token });
    await socket.frame('hello');
    await test.post('sign-out', {}, headers);
    expect(await socket.closed).toMatchObject({ code: 4401 });
  });
});

describe('sign-in and sign-up', () => {
  it('refuses wrong credentials without saying what is wrong', async () => {
    await test.signUp('fred');
    for (const wrong of [credentials('fred', 'not-the-password'), credentials('nobody')]) {
      const response = await test.post('sign-in', wrong);
      expect(response.status).toBe(401);
      expect(await response.json()).toEqual({
        code: 'SPOOKY_GATEWAY_INVALID_CREDENTIALS',
        message: 'The name or the password is wrong.',
      });
    }
  });

  it('passes on the reason that SIGNUP throws', async () => {
    await test.signUp('gus');
    const taken = await test.post('sign-up', credentials('gus'));
    expect(taken.status).toBe(422);
    expect(await taken.json()).toMatchObject({ code: 'SPOOKY_GATEWAY_SIGN_UP_REFUSED', reason: 'name-taken' });
    const short = await test.post('sign-up', credentials('hope', 'short'));
    expect(await short.json()).toMatchObject({ reason: 'password-too-short' });
  });

  it("accepts only the schema's record accesses", async () => {
    for (const access of ['none', 'spooky_gateway', 'constructor', '__proto__', 'account`', 5, null]) {
      const response = await test.post('sign-in', { access, variables: { name: 'x' } });
      expect(response.status, String(access)).toBe(400);
      expect(await response.json()).toMatchObject({ code: 'SPOOKY_GATEWAY_BAD_REQUEST' });
    }
  });

  it('refuses variables whose names would choose another access, database or kind of sign-in', async () => {
    for (const name of ['AC', 'ac', 'Ns', 'db', 'refresh', 'key', 'auth', '$name', 'a b', '']) {
      const response = await test.post('sign-in', { access: 'account', variables: { [name]: 'root' } });
      expect(response.status, name).toBe(400);
    }
  });
});

describe('an access', () => {
  it('decides how long its sessions last, also if it is defined while the gateway runs', async () => {
    await test.owner.query(`DEFINE ACCESS brief ON DATABASE TYPE RECORD
      SIGNIN (SELECT VALUE id FROM person WHERE name = $name)[0] WITH REFRESH DURATION FOR GRANT 10m`);
    await test.signUp('ida');
    const signIn = () => test.post('sign-in', { access: 'brief', variables: { name: 'ida' } });
    await expect.poll(async () => (await signIn()).status, { timeout: 10_000 }).toBe(200);
    const response = await signIn();
    expect(await response.json()).toMatchObject({ renewInMs: 300_000 });
    expect(response.headers.getSetCookie()[0]).toContain('; Max-Age=600;');
  });
});

describe('an HTTP response', () => {
  it('has security headers, no CORS headers, and an error in this format', async () => {
    const response = await fetch(`${test.url}/nothing/here`, { headers: { origin: ORIGIN } });
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({
      code: 'SPOOKY_GATEWAY_BAD_REQUEST',
      message: 'There is no such endpoint.',
    });
    const headers = [...response.headers.keys()];
    expect(headers.filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  it('reports whether the process is alive and the database answers', async () => {
    expect((await fetch(`${test.url}/spooky/health`)).status).toBe(200);
    expect((await fetch(`${test.url}/spooky/ready`)).status).toBe(200);
  });
});
