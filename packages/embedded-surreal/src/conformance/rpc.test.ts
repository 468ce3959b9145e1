import { Decimal, RecordId, Uuid } from 'surrealdb';
import { describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { codec } from '../protocol/codec.ts';
import { root, startTestServer } from '../testing/database.ts';
import { modes } from '../testing/modes.ts';
import { RawClient } from '../testing/raw-client.ts';

/** A client that sends the same requests in one of the formats to a new server, and returns answers as plain JSON. */
async function speak(format: 'cbor' | 'json' | '', serviceOnly = false) {
  const { url } = await startTestServer({ serviceOnly });
  const raw = await RawClient.connect(url, format);
  const send = async (request: object) => {
    const answer = await raw.send(format === 'cbor' ? codec.encode(request) : JSON.stringify(request));
    return JSON.parse(JSON.stringify(answer)) as { id?: unknown; result?: unknown; error?: object };
  };
  const call = (method: string, params: unknown[] = [], extra: object = {}) =>
    send({ id: 1, method, params, ...extra });
  await call('signin', [{ user: root.username, pass: root.password }]);
  await call('use', ['raw', 'raw']);
  await call('query', ['DEFINE TABLE note; DEFINE TABLE gone']);
  return { raw, send, call };
}

const invalid = (message: string) => ({
  code: -32603,
  kind: 'Validation',
  message,
  details: { kind: 'InvalidParams' },
});
const noSession = '00000000-0000-4000-8000-000000000001';

/** The answer of each method, in order, on one connection. */
const answers: readonly (readonly [method: string, params: unknown[], answer: object, extra?: object])[] = [
  ['ping', [], {}],
  ['version', [], { result: 'surrealdb-3.0.2' }],
  ['version', [1], { error: invalid('Expected 0 arguments') }],
  ['create', ['note', { a: 1 }], { result: { a: 1 } }],
  ['create', [], { error: invalid('Expected (what:Value, data:Value)') }],
  ['insert', ['note', { id: 'one', a: 1 }], { result: [{ a: 1 }] }],
  ['insert', ['note', [{ id: 'two' }, { id: 'three' }]], { result: [{}, {}] }],
  ['insert', ['note', { id: 'two' }], { error: { code: -32000, kind: 'AlreadyExists', details: { kind: 'Record' } } }],
  ['insert', ['note'], { error: invalid('Expected (what:Value, data:Value)') }],
  ['select', ['note'], { result: [{}, {}, {}, {}] }],
  ['select', [], { error: invalid('Expected (what:Value)') }],
  ['select', ['nowhere'], { error: { kind: 'NotFound', details: { kind: 'Table', details: { name: 'nowhere' } } } }],
  ['update', ['note', { b: 2 }], { result: [{ b: 2 }, { b: 2 }, { b: 2 }, { b: 2 }] }],
  ['upsert', ['note', { b: 3 }], { result: [{ b: 3 }] }],
  ['merge', ['note', { c: 3 }], { result: [{ c: 3 }, {}, {}, {}, {}] }],
  ['patch', ['note', [{ op: 'add', path: '/d', value: 4 }]], { result: [{ d: 4 }, {}, {}, {}, {}] }],
  [
    'patch',
    ['note', [{ op: 'add', path: '/e', value: 5 }], true],
    { result: [[{ op: 'add' }], [{}], [{}], [{}], [{}]] },
  ],
  ['delete', ['note'], { result: [{}, {}, {}, {}, {}] }],
  ['delete', [], { error: invalid('Expected (what:Value)') }],
  ['let', ['x', 1], { result: null }],
  ['set', ['y', 2], { result: null }],
  ['query', ['RETURN $x + $y'], { result: [{ status: 'OK', result: 3, time: expect.any(String) }] }],
  ['query', ['RETURN $x', { x: 5 }], { result: [{ result: 5 }] }],
  ['unset', ['x'], { result: null }],
  ['let', ['auth', 1], { error: { code: -32603, kind: 'Validation' } }],
  ['let', [], { error: invalid('Expected (key:string, value:Value)') }],
  ['unset', [], { error: invalid('Expected (key)') }],
  ['query', [], { error: invalid('Expected (query:string, vars:object)') }],
  ['query', [1], { error: invalid('Expected query to be string') }],
  ['query', ['RETURN 1', 2], { error: invalid('Expected vars to be object, got Some(Number(Int(2)))') }],
  [
    'query',
    ['SELECT FROM'],
    { error: { code: -32000, kind: 'Validation', message: expect.stringMatching(/^Parse error/) } },
  ],
  ['query', ['THROW "x"'], { result: [{ status: 'ERR', kind: 'Thrown', result: 'An error occurred: x' }] }],
  ['query', ['THROW "x"; RETURN 1'], { result: [{ status: 'ERR' }, { status: 'OK', result: 1 }] }],
  ['query', [''], { result: [] }],
  ['run', ['math::abs', null, [-4]], { result: 4 }],
  ['run', [1], { error: invalid('Expected name to be string, got Number(Int(1))') }],
  ['run', ['fn::none'], { error: { code: -32000, message: expect.stringContaining("'fn::none' not found") } }],
  ['info', [], {}],
  ['use', ['raw'], { error: invalid('Expected (ns, db)') }],
  ['use', [1, 'x'], { error: invalid('Expected ns to be string, got Number(Int(1))') }],
  ['live', ['none'], { error: { kind: 'NotFound', details: { kind: 'Table' } } }],
  ['live', [], { error: invalid('Expected (what, diff)') }],
  ['kill', [], { error: invalid('Expected (id)') }],
  [
    'kill',
    [noSession],
    { error: { code: -32000, kind: 'Internal', message: expect.stringMatching(/^Cannot execute KILL/) } },
  ],
  ['begin', [], { result: expect.stringMatching(/^[0-9a-f-]{36}$/) }],
  ['commit', [1], { error: invalid('Expected transaction UUID') }],
  ['commit', [new Uuid(noSession)], { error: invalid('Transaction not found') }],
  ['cancel', [new Uuid(noSession)], { error: invalid('Transaction not found') }],
  ['sessions', [], { result: [] }],
  ['attach', [], { error: invalid('Expected a session ID') }],
  ['attach', [], {}, { session: noSession }],
  ['attach', [], { error: { kind: 'AlreadyExists', details: { kind: 'Session' } } }, { session: noSession }],
  ['sessions', [], { result: [noSession] }],
  ['query', ['RETURN 1'], { error: { kind: 'NotAllowed', code: -32002 } }, { session: noSession }],
  ['detach', [], {}, { session: noSession }],
  ['query', ['RETURN 1'], { error: { kind: 'NotFound', details: { kind: 'Session' } } }, { session: noSession }],
  ['signin', [], { error: invalid('Expected (params:object)') }],
  [
    'signin',
    [{}],
    { error: { code: -32002, kind: 'NotAllowed', details: { details: { kind: 'MissingUserOrPass' } } } },
  ],
  ['signin', [{ user: 'a', pass: 'b' }], { error: { code: -32002, details: { details: { kind: 'InvalidAuth' } } } }],
  ['signup', [{}], { error: { kind: 'NotAllowed' } }],
  ['authenticate', ['x'], { error: { message: 'InvalidToken' } }],
  ['authenticate', [], { error: invalid('Expected (token:string)') }],
  ['refresh', [1], { error: invalid('Expected (token:Token)') }],
  ['revoke', [1], { error: invalid('Expected (token:Token)') }],
  ['health', [], { error: { code: -32601, kind: 'NotFound', message: 'Method not found' } }],
  ['graphql', [], { error: { code: -32601, details: { kind: 'Method', details: { name: 'unknown' } } } }],
  ['PING', [], { error: { code: -32601 } }],
  ['use', [null, null], { result: {} }],
  [
    'select',
    ['note'],
    { error: { code: -32600, message: 'Specify a namespace to use', details: { kind: 'NamespaceEmpty' } } },
  ],
  ['invalidate', [], {}],
  ['select', ['note'], { error: { code: -32002, kind: 'NotAllowed' } }],
  ['reset', [], {}],
];

const formats = (['cbor', 'json'] as const).flatMap((format) => modes.map((mode) => ({ format, ...mode })));

describe.each(formats)('RPC in $format, in $mode', ({ format, serviceOnly }) => {
  it('answers every method like a real server', async () => {
    const { call } = await speak(format, serviceOnly);
    for (const [method, params, answer, extra] of answers) {
      const got = await call(method, params, extra);
      expect(got, `${method} ${JSON.stringify(params)}`).toMatchObject({ id: 1, ...answer });
      expect('error' in got, `${method} ${JSON.stringify(params)}`).toBe('error' in answer);
      if (extra !== undefined) expect(got).toHaveProperty('session', noSession);
    }
  });

  it('returns request ids of any kind, and answers a pipeline', async () => {
    const { send } = await speak(format, serviceOnly);
    for (const id of [0, -1, 1.5, '', 'text', '0191b0a4-8f0e-7cc2-9f5e-6a7b8c9d0e1f', null]) {
      expect(await send({ id, method: 'ping' })).toHaveProperty('id', id);
    }
    expect(await send({ method: 'nonsense' })).not.toHaveProperty('id');
    expect(await send({ id: [1], method: 'ping' })).toMatchObject({ error: { code: -32600 } });
    expect(await send({ id: 1, method: 'ping', session: 'none' })).toMatchObject({ error: { code: -32600 } });
    expect(await send({ id: 1 })).toMatchObject({ error: { code: -32600, message: 'Invalid request' } });
    expect(await send([])).toMatchObject({ error: { code: -32700, message: 'Parse error' } });
    const pipeline = Array.from({ length: 20 }, (_, id) => send({ id, method: 'query', params: ['RETURN 1'] }));
    const ids = (await Promise.all(pipeline)).map(({ id }) => id as number);
    expect(ids.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, id) => id));
  });

  it('delivers changes of live queries from both methods, and their end', async () => {
    const { raw, call } = await speak(format, serviceOnly);
    const { result: byMethod } = await call('live', ['note']);
    const { result } = await call('query', ['LIVE SELECT * FROM note']);
    const [statement] = result as { type: string; result: string }[];
    expect(statement).toMatchObject({ type: 'live', status: 'OK', result: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    const byQuery = statement?.result;
    const { result: onGone } = await call('live', ['gone']);
    const notifications = () =>
      raw.answers
        .filter(({ id }) => id === undefined)
        .map((message) => (JSON.parse(JSON.stringify(message)) as { result: object }).result);
    await call('query', ['CREATE note:heard SET n = 1']);
    const created = { action: 'CREATE', record: 'note:heard', result: { id: 'note:heard', n: 1 } };
    await vi.waitFor(() => {
      expect(notifications()).toContainEqual({ id: byMethod, ...created });
      expect(notifications()).toContainEqual({ id: byQuery, ...created });
    }, 20_000);
    expect((await call('kill', [byMethod])).error).toBeUndefined();
    const kill = (await call('query', [`KILL u'${byQuery}'`])).result;
    expect(kill).toMatchObject([{ type: 'kill', status: 'OK' }]);
    await call('query', ['REMOVE TABLE gone']);
    await vi.waitFor(() => {
      for (const id of [byMethod, byQuery, onGone]) {
        expect(notifications()).toContainEqual(expect.objectContaining({ id, action: 'KILLED' }));
      }
    }, 20_000);
    await call('query', ['DELETE note:heard']);
    expect(await call('kill', [byMethod])).toHaveProperty('error');
    expect(notifications()).toHaveLength(5);
  });
});

describe('JSON', () => {
  it('writes values without a JSON form as text', async () => {
    const { raw } = await speak('json');
    const text = `{ "id": 1, "method": "query", "params": ["RETURN [NONE, 9007199254740993, 1.5dec, <bytes>'ab',
      note:\`a b\`, note:[1, 'x'], note:1..3, 1h, d'2026-01-02T03:04:05Z', <set>[2, 1], 0f / 0f, (1.5, 2.5), $big]",
      { "big": 9007199254740995 }] }`.replaceAll('\n', ' ');
    const received = new Promise<string>((resolve) => raw.socket.once('message', (data) => resolve(String(data))));
    raw.socket.send(text);
    const result = /"result":(\[null.*?\]),"status"/.exec(await received)?.[1];
    expect(result).toBe(
      '[null,9007199254740993,"1.5",[97,98],"note:`a b`","note:[1, \'x\']","note:1..3","1h","2026-01-02T03:04:05Z",' +
        '[1,2],null,{"type":"Point","coordinates":[1.5,2.5]},9007199254740995]',
    );
  });

  it('converts text that looks like a record id, a UUID or a datetime', async () => {
    const { call } = await speak('json');
    for (const [text, kind] of [
      ['note:one', 'record'],
      ['note:1', 'record'],
      ['note:⟨a b⟩', 'record'],
      ['`a b`:`c d`', 'record'],
      ['note:[1,"a"]', 'record'],
      ['note:{"a":1}', 'record'],
      ['0191b0a4-8f0e-7cc2-9f5e-6a7b8c9d0e1f', 'uuid'],
      ['2026-01-02T03:04:05.5Z', 'datetime'],
      ['12:30', 'string'],
      ['a: b', 'string'],
      ['note:[1', 'string'],
      ['https://example.com', 'string'],
    ]) {
      expect(await call('query', ['RETURN type::of($text)', { text }]), text).toMatchObject({
        result: [{ result: kind }],
      });
    }
  });
});

describe('the sub-protocol', () => {
  const negotiate = (url: string, protocols: string[]) =>
    new Promise<string>((resolve, reject) => {
      const socket = new WebSocket(url, protocols);
      socket.once('error', reject);
      socket.once('open', () => {
        resolve(socket.protocol);
        socket.terminate();
      });
    });

  it('is one that both sides know, or JSON if the client names none', async () => {
    const { url } = await startTestServer();
    expect(await negotiate(url, ['cbor'])).toBe('cbor');
    expect(await negotiate(url, ['json'])).toBe('json');
    expect(await negotiate(url, ['nonsense', 'cbor'])).toBe('cbor');
    expect(await negotiate(url, ['cbor', 'json'])).toBe('json');
    await expect(negotiate(url, ['nonsense'])).rejects.toThrow(/subprotocol/);
    const { call } = await speak('');
    expect(await call('query', ['RETURN 1'])).toMatchObject({ result: [{ result: 1 }] });
  });

  it('decides the format of a message, whether it is sent as text or as bytes', async () => {
    const { url } = await startTestServer();
    const json = await RawClient.connect(url, 'json');
    expect(await json.send(Buffer.from('{"id":1,"method":"ping"}'))).toMatchObject({ id: 1 });
    const cbor = await RawClient.connect(url, 'cbor');
    expect(await cbor.send('{"id":1,"method":"ping"}')).toMatchObject({ error: { code: -32700 } });
    const id = new Uuid('0191b0a4-8f0e-7cc2-9f5e-6a7b8c9d0e1f');
    expect(await cbor.send(codec.encode({ id, method: 'ping' }))).toEqual({ id, result: undefined });
    const params = ['RETURN $value', { value: [new RecordId('a', 1), new Decimal('1.50')] }];
    expect(await cbor.send(codec.encode({ id: 1, method: 'query', params }))).toHaveProperty('error');
  });
});
