import { Surreal } from 'surrealdb';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connectRoot, names, root, startTestServer } from '../testing/database.ts';
import { applySchema, signUp } from '../testing/threads-fixture.ts';

const basic = `Basic ${Buffer.from(`${root.username}:${root.password}`).toString('base64')}`;
const headers = { 'surreal-ns': names.namespace, 'surreal-db': names.database, accept: 'application/json' };

async function start(options = {}) {
  const server = await startTestServer(options);
  return { server, origin: `http://${server.host}:${server.port}` };
}

describe('the server over HTTP', () => {
  it('supports the SDK', async () => {
    const { origin } = await start();
    const client = new Surreal();
    await client.connect(origin, names);
    onTestFinished(async () => {
      await client.close();
    });
    await expect(client.query('RETURN 1')).rejects.toMatchObject({ kind: 'NotAllowed' });
    await expect(client.signin({ username: 'root', password: 'wrong' })).rejects.toMatchObject({ kind: 'NotAllowed' });
    await client.signin(root);
    await client.set('n', 20);
    expect(await client.query('RETURN $n + 1')).toEqual([21]);
    await client.query('CREATE note:1 SET text = "kept"');
    const dump = await client.export();
    expect(dump).toContain('kept');
    await client.query('REMOVE TABLE note');
    await client.import(dump);
    expect(await client.query('SELECT VALUE text FROM note')).toEqual([['kept']]);
  });

  it('accepts SurrealQL and variables on /sql', async () => {
    const { origin } = await start();
    const send = (body: string, extra: Record<string, string> = {}) =>
      fetch(`${origin}/sql?who=ada`, { method: 'POST', body, headers: { ...headers, authorization: basic, ...extra } });
    const answer = await send('RETURN $who; CREATE note:1 SET at = d"2026-01-01T00:00:00Z"; THROW "no"');
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject([
      { status: 'OK', result: 'ada' },
      { status: 'OK', result: [{ id: 'note:1', at: expect.stringMatching(/^2026-01-01T00:00:00/) }] },
      { status: 'ERR', result: 'An error occurred: no' },
    ]);
    expect((await send('SELECT FROM')).status).toBe(400);
    const guest = await send('RETURN 1', { authorization: '' });
    expect(guest.status).toBe(403);
    expect(await guest.json()).toMatchObject({ code: 403, details: 'Forbidden' });
    expect((await send('RETURN 1', { authorization: 'Bearer nonsense' })).status).toBe(401);
    expect((await send('RETURN 1', { authorization: 'Basic bm9ib2R5Om5v' })).status).toBe(401);
  });

  it('returns bearer tokens from /signup and /signin', async () => {
    const { server, origin } = await start();
    await applySchema(await connectRoot(server.url));
    const person = { ns: names.namespace, db: names.database, ac: 'account', username: 'ada', password: 'password-1' };
    const send = (path: string, body: object | string) =>
      fetch(origin + path, {
        method: 'POST',
        body: typeof body === 'string' ? body : JSON.stringify(body),
        headers: { accept: 'application/json' },
      });
    const signedUp = await send('/signup', person);
    expect(await signedUp.json()).toMatchObject({ code: 200, details: 'Authentication succeeded', token: {} });
    const signedIn = (await (await send('/signin', person)).json()) as { token: { access: string } };
    const answer = await fetch(`${origin}/sql`, {
      method: 'POST',
      body: 'SELECT VALUE username FROM user',
      headers: { accept: 'application/json', authorization: `Bearer ${signedIn.token.access}` },
    });
    expect(await answer.json()).toMatchObject([{ result: ['ada'] }]);
    expect((await send('/signin', { user: 'root', pass: 'wrong' })).status).toBe(401);
    expect((await send('/signin', 'not json')).status).toBe(400);
  });

  it('allows /export only to users who may read everything', async () => {
    const { server, origin } = await start();
    await applySchema(await connectRoot(server.url));
    const { tokens } = await signUp(server.url, 'ada');
    const get = (authorization?: string) =>
      fetch(`${origin}/export`, { headers: { ...headers, ...(authorization ? { authorization } : {}) } });
    expect((await get()).status).toBe(403);
    expect((await get(`Bearer ${tokens.access}`)).status).toBe(403);
    expect(await (await get(basic)).text()).toContain('DEFINE TABLE thread');
  });

  it('accepts JSON and CBOR on /rpc, and refuses other types', async () => {
    const { origin } = await start();
    const send = (body: string, contentType: string, accept = contentType) =>
      fetch(`${origin}/rpc`, {
        method: 'POST',
        body,
        headers: { ...headers, accept, 'content-type': contentType, authorization: basic },
      });
    const request = JSON.stringify({ id: 1, method: 'query', params: ['RETURN 1'] });
    expect(await (await send(request, 'application/json')).json()).toMatchObject({ result: [{ result: 1 }] });
    expect((await send(request, 'text/plain')).status).toBe(415);
    expect((await send(request, 'application/json', 'application/cbor')).status).toBe(415);
    expect((await send('{', 'application/json')).status).toBe(400);
    expect((await send(request, 'application/cbor')).status).toBe(400);
    const live = JSON.stringify({ id: 1, method: 'live', params: ['note'] });
    expect(await (await send(live, 'application/json')).json()).toMatchObject({ error: { kind: 'Configuration' } });
  });

  it('answers probes, and accepts pages of an allowed origin', async () => {
    const app = 'http://localhost:3600';
    const { origin } = await start({ maxMessageBytes: 1000, origins: [app] });
    for (const path of ['/health', '/ready', '/status']) expect((await fetch(origin + path)).status, path).toBe(200);
    expect(await (await fetch(`${origin}/version`)).text()).toBe('surrealdb-3.0.2');
    expect((await fetch(`${origin}/nowhere`)).status).toBe(404);
    const preflight = await fetch(`${origin}/rpc`, { method: 'OPTIONS', headers: { origin: app } });
    expect(preflight.status).toBe(200);
    expect(preflight.headers.get('access-control-allow-origin')).toBe(app);
    expect(preflight.headers.get('access-control-allow-headers')).toContain('surreal-ns');
    expect((await fetch(`${origin}/sql`, { method: 'POST', body: 'x'.repeat(2000) })).status).toBe(413);
  });
});
