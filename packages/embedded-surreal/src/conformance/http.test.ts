import { describe, expect, it } from 'vitest';
import { codec } from '../protocol/codec.ts';
import { basic, httpClient } from '../testing/http-client.ts';
import { modes } from '../testing/modes.ts';

describe.each(modes)('in $mode', ({ serviceOnly }) => {
  const { send, origin } = httpClient({ serviceOnly });

  describe('methods and paths', () => {
    it.each([
      ['GET', '/health', 200],
      ['HEAD', '/health', 200],
      ['GET', '/status', 200],
      ['GET', '/ready', 200],
      ['GET', '/version', 200],
      ['HEAD', '/version', 200],
      ['POST', '/version', 405],
      ['GET', '/sync', 200],
      ['GET', '/rpc', 400],
      ['GET', '/sql', 400],
      ['PUT', '/sql', 405],
      ['GET', '/signin', 405],
      ['GET', '/import', 405],
      ['DELETE', '/export', 405],
      ['GET', '/nowhere', 404],
      ['GET', '/key', 404],
      ['GET', '/__proto__', 404],
      ['POST', '/graphql', 404],
      ['POST', '/ml/import', 400],
      ['GET', '/ml/export/model/1.0.0', 400],
      ['OPTIONS', '/key/note', 200],
    ])('%s %s answers %i', async (method, path, status) => {
      expect((await send(method, path)).status).toBe(status);
    });

    it('send the headers of a server', async () => {
      const { headers } = await send('GET', '/health', { headers: { 'x-request-id': 'mine' } });
      expect(Object.fromEntries(headers)).toMatchObject({
        server: 'SurrealDB',
        'surreal-version': 'surrealdb-3.0.2',
        'x-request-id': 'mine',
      });
      expect((await send('GET', '/health')).headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
      expect((await send('DELETE', '/sql')).headers.get('allow')).toBe('GET,HEAD,POST');
    });
  });

  describe('the user', () => {
    const statements = {
      body: `DEFINE USER viewer ON DATABASE PASSWORD 'x' ROLES VIEWER; DEFINE USER editor ON DATABASE PASSWORD 'x' ROLES EDITOR;
      DEFINE USER chief ON NAMESPACE PASSWORD 'x' ROLES OWNER; CREATE note:1 SET text = 'kept'`,
    };
    const asDatabaseUser = (name: string, path = '/sql', method = 'POST', body: string | null = 'SELECT * FROM note') =>
      send(method, path, {
        body,
        headers: { authorization: basic(name, 'x'), 'surreal-auth-ns': 'main', 'surreal-auth-db': 'who' },
        database: 'who',
      });

    it('signs in with Basic at the level that the headers name', async () => {
      await send('POST', '/sql', { ...statements, database: 'who' });
      expect(await (await asDatabaseUser('viewer')).json()).toMatchObject([{ result: [{ text: 'kept' }] }]);
      const headers = { authorization: basic('chief', 'x'), 'surreal-auth-ns': 'main' };
      const chief = await send('POST', '/sql', { body: 'INFO FOR DB; INFO FOR ROOT', headers, database: 'who' });
      expect(await chief.json()).toMatchObject([
        { status: 'OK' },
        { status: 'ERR', result: 'IAM error: Not enough permissions to perform this action' },
      ]);
      for (const wrong of [
        { authorization: basic('viewer', 'x') },
        { authorization: basic('viewer', 'wrong'), 'surreal-auth-ns': 'main', 'surreal-auth-db': 'who' },
        { authorization: basic('viewer', 'x'), 'surreal-auth-db': 'who' },
        { authorization: 'Bearer token' },
        { 'surreal-id': '123' },
      ]) {
        expect((await send('POST', '/sql', { body: 'RETURN 1', headers: wrong })).status).toBe(401);
      }
    });

    it('needs the right to import and export', async () => {
      await send('POST', '/sql', { ...statements, database: 'who' });
      expect((await asDatabaseUser('viewer', '/import', 'POST', 'CREATE note:2')).status).toBe(403);
      expect((await asDatabaseUser('editor', '/import', 'POST', 'CREATE note:2')).status).toBe(200);
      expect((await asDatabaseUser('viewer', '/export', 'GET', null)).status).toBe(200);
      const guest = { headers: { authorization: '' } };
      expect((await send('POST', '/import', { body: '', ...guest })).status).toBe(403);
      expect((await send('GET', '/export', guest)).status).toBe(403);
      expect((await send('GET', '/export', { database: null })).status).toBe(400);
      expect((await send('GET', '/key/note', guest)).status).toBe(403);
      expect((await send('GET', '/key/note', { database: null })).status).toBe(400);
    });
  });

  describe('/sql', () => {
    it.each([
      ['RETURN 1', '', 'application/json', 200],
      ['RETURN 1', '', 'application/cbor', 200],
      ['RETURN 1', '', '*/*', 200],
      ['RETURN 1', '', 'application/json, text/plain, */*', 200],
      ['RETURN 1', '', 'text/plain', 415],
      ['RETURN 1', '', 'application/octet-stream', 415],
      ['RETURN 1', '', 'image/png', 400],
      ['SELECT FROM', '', 'application/json', 400],
      ['RETURN $a + $b', '?a=x&b=y', 'application/json', 200],
    ])('%s%s as %s answers %i', async (body, query, accept, status) => {
      expect((await send('POST', `/sql${query}`, { body, headers: { accept } })).status).toBe(status);
    });

    it('answers each statement, in JSON or CBOR', async () => {
      const body = 'RETURN $who; THROW "no"; RETURN 9007199254740993';
      const json = await (await send('POST', '/sql?who=1', { body })).text();
      expect(JSON.parse(json)).toMatchObject([
        { status: 'OK', result: '1', time: expect.stringMatching(/^[\d.]+(ns|µs|ms|s)$/) },
        { status: 'ERR', result: 'An error occurred: no', kind: 'Thrown' },
        { status: 'OK' },
      ]);
      expect(json).toContain('9007199254740993');
      const cbor = await send('POST', '/sql', { body, headers: { accept: 'application/cbor' } });
      expect(cbor.headers.get('content-type')).toBe('application/cbor');
      expect(codec.decode(await cbor.bytes())).toMatchObject([{ status: 'OK' }, { status: 'ERR' }, { status: 'OK' }]);
    });
  });

  describe('/key', () => {
    const key = async (method: string, path: string, body: string | null = null) => {
      const response = await send(method, path, { body, database: 'keys' });
      return { status: response.status, answer: (await response.json()) as { result: unknown; status: string }[] };
    };

    it('creates, reads, changes and removes records', async () => {
      await send('POST', '/sql', { body: 'CREATE |item:1..=12| SET kind = "seed"', database: 'keys' });
      const sizes = ['', '?limit=5', '?start=10', '?start=4&limit=5'].map(async (query) => {
        const { answer } = await key('GET', `/key/item${query}`);
        return answer.flatMap(({ result }) => result as unknown[]).length;
      });
      expect(await Promise.all(sizes)).toEqual([12, 5, 2, 5]);
      const cases: readonly (readonly [string, string, string | null, unknown])[] = [
        ['GET', '/key/item/3', null, [{ id: 'item:3', kind: 'seed' }]],
        ['GET', '/key/item/3?fields=kind', null, [{ kind: 'seed' }]],
        [
          'POST',
          '/key/item/new?age=45&list=[1,2]',
          '{ age: $age, list: $list }',
          [{ id: 'item:new', age: 45, list: [1, 2] }],
        ],
        ['PUT', '/key/item/new', '{ "a": 1 }', [{ id: 'item:new', a: 1 }]],
        ['PATCH', '/key/item/new', '{ "b": 2 }', [{ id: 'item:new', a: 1, b: 2 }]],
        ['PUT', '/key/item/other', '{ "a": 1 }', [{ id: 'item:other', a: 1 }]],
        ['DELETE', '/key/item/new', null, [{ id: 'item:new', a: 1, b: 2 }]],
        ['GET', '/key/item/new', null, []],
        ['GET', '/key/item/%5B1,2%5D', null, []],
      ];
      for (const [method, path, body, result] of cases) {
        expect((await key(method, path, body)).answer, `${method} ${path}`).toMatchObject([{ status: 'OK', result }]);
      }
      expect((await key('PATCH', '/key/item', '{ c: 3 }')).answer[0]?.result).toHaveLength(13);
      expect((await key('DELETE', '/key/item')).answer[0]?.result).toHaveLength(13);
      expect((await send('GET', '/key/item?limit=many', { database: 'keys' })).status).toBe(400);
      expect((await send('POST', '/key/item', { body: '{', database: 'keys' })).status).toBe(400);
    });
  });

  describe('/api', () => {
    it('calls the endpoints of DEFINE API', async () => {
      const body = `
      DEFINE API "/echo/:name" FOR post THEN {
        { status: 201, headers: { "x-name": $request.params.name }, body: <string>$request.body + $request.query.q } };
      DEFINE API "/object" FOR get THEN { { status: 200, body: { a: 1 } } }`;
      await send('POST', '/sql', { body, database: 'api' });
      const echo = await send('POST', '/api/main/api/echo/ada?q=!', { body: 'hi', headers: { accept: '*/*' } });
      expect([echo.status, echo.headers.get('x-name'), await echo.text()]).toEqual([201, 'ada', 'hi!']);
      expect((await send('GET', '/api/main/api/object')).status).toBe(500);
      expect((await send('GET', '/api/main/api/none')).status).toBe(404);
    });
  });

  describe('/rpc', () => {
    const rpc = (method: string, params: unknown[] = [], extra: object = {}) =>
      send('POST', '/rpc', {
        body: JSON.stringify({ id: 1, method, params, ...extra }),
        headers: { 'content-type': 'application/json' },
      });

    it.each([
      ['ping', [], { result: null }],
      ['version', [], { result: 'surrealdb-3.0.2' }],
      ['query', ['RETURN $a', { a: 1 }], { result: [{ status: 'OK', result: 1 }] }],
      ['create', ['thing', { a: 1 }], { result: { a: 1 } }],
      ['info', [], { result: null }],
      ['live', ['thing'], { error: { code: -32604, kind: 'Configuration' } }],
      ['begin', [], { error: { code: -32601, kind: 'NotFound', details: { details: { name: 'begin' } } } }],
      ['attach', [], { error: { code: -32602, kind: 'NotAllowed' } }],
      ['nonsense', [], { error: { code: -32601, details: { details: { name: 'unknown' } } } }],
    ])('%s', async (method, params, answer) => {
      const response = await rpc(method, params);
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject(answer);
    });

    it('requires a content type', async () => {
      expect((await fetch(`${origin()}/rpc`, { method: 'POST', body: new Uint8Array([1]) })).status).toBe(400);
    });
  });

  describe('/import and /export', () => {
    it('copy a database, and apply the options', async () => {
      const body =
        'DEFINE TABLE note SCHEMALESS; DEFINE PARAM $p VALUE 1; CREATE note:1 SET text = "a;b", tricky = "it\'s"';
      await send('POST', '/sql', { body, database: 'from' });
      const dump = await (await send('GET', '/export', { database: 'from' })).text();
      expect((await send('POST', '/import', { body: dump, database: 'to' })).status).toBe(200);
      expect(await (await send('GET', '/export', { database: 'to' })).text()).toBe(dump);
      const headers = { 'content-type': 'application/json' };
      const options = JSON.stringify({ params: false, records: false });
      const part = await (await send('POST', '/export', { body: options, headers, database: 'from' })).text();
      expect(part).toContain('DEFINE TABLE note');
      expect(part).not.toMatch(/DEFINE PARAM|tricky/);
    });

    it('keep transactions and variables in one batch', async () => {
      const body = 'BEGIN; CREATE a:1; CREATE a:2; COMMIT; LET $n = 5; CREATE a:3 SET n = $n; CREATE a:3; RETURN 1';
      const answer = await send('POST', '/import', { body, database: 'together' });
      expect(await answer.json()).toMatchObject(
        ['OK', 'OK', 'OK', 'OK', 'OK', 'OK', 'ERR', 'OK'].map((status) => ({ status })),
      );
      expect((await send('POST', '/import', { body: 'SELECT FROM', database: 'together' })).status).toBe(400);
      const endless = `RETURN "${'x'.repeat(17 * 1024 * 1024)}`;
      expect((await send('POST', '/import', { body: endless, database: 'together' })).status).toBe(413);
      const nothing = { accept: 'application/octet-stream' };
      expect(await (await send('POST', '/import', { body: 'RETURN 1', headers: nothing })).text()).toBe('');
    }, 180_000);

    it('do not block other clients while megabytes arrive', async () => {
      const row = (id: number) => `{ id: big:${id}, text: '${'x'.repeat(900)}; --' }`;
      const insert = (at: number) =>
        `INSERT [ ${Array.from({ length: 50 }, (_, n) => row(at * 50 + n)).join(', ')} ];\n`;
      const dump = `OPTION IMPORT;\n${Array.from({ length: 450 }, (_, at) => insert(at)).join('')}`;
      expect(dump.length).toBeGreaterThan(20_000_000);
      const countRows = async (): Promise<number> => {
        const body = 'RETURN (SELECT count() FROM big GROUP ALL)[0].count ?? 0';
        const [answer] = (await (await send('POST', '/sql', { body, database: 'big' })).json()) as { result: number }[];
        return answer?.result ?? Number.NaN;
      };
      await send('POST', '/sql', { body: 'DEFINE TABLE big', database: 'big' });
      let done = false;
      const imported = send('POST', '/import', { body: dump, database: 'big' }).finally(() => {
        done = true;
      });
      // If the import blocked other clients, they would only ever see none or all of the rows.
      const seen = new Set<number>();
      while (!done) seen.add(await countRows());
      expect((await imported).status).toBe(200);
      expect(seen.size).toBeGreaterThan(4);
      expect(await countRows()).toBe(22_500);
      const exported = await send('GET', '/export', { database: 'big' });
      expect((await exported.text()).length).toBeGreaterThan(20_000_000);
    }, 180_000);
  });
});
