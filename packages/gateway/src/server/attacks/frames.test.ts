import type { RecordId } from 'surrealdb';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from '../../testing/test-gateway.ts';
import type { TestSocket } from '../../testing/test-socket.ts';
import { FRAME_MAX_BYTES } from '../../wire/limits.ts';
import type { WirePlan } from '../../wire/plan.ts';

let test: TestGateway;
let cookie: string;
let bystander: TestSocket;
beforeAll(async () => {
  test = await startTestGateway();
  ({ cookie } = await test.signUp('ada'));
  bystander = await test.connect(await test.signUp('ben'));
});
afterAll(() => test.close());

/** Whatever happens to the attacker's socket, another one is served as before. */
afterEach(async () => {
  const pongs = bystander.frames.filter(({ type }) => type === 'pong').length;
  bystander.send({ type: 'ping' });
  await bystander.frame('pong', () => bystander.frames.filter(({ type }) => type === 'pong').length > pongs);
  expect(bystander.socket.readyState).toBe(bystander.socket.OPEN);
});

describe('an invalid frame', () => {
  it.each([
    ['invalid JSON', '{'],
    ['an empty text', ''],
    ['a text', '"subscribe"'],
    ['a list', '[]'],
    ['null', 'null'],
    ['an unknown type', '{"type":"query","text":"SELECT * FROM person"}'],
    ['the name of a prototype', '{"type":"constructor"}'],
    ['__proto__ as a type', '{"type":"__proto__"}'],
    ['a missing id', '{"type":"unsubscribe"}'],
    ['an id that is not an integer', '{"type":"unsubscribe","id":1.5}'],
    ['a negative id', '{"type":"unsubscribe","id":-1}'],
    ['an id that is a text', '{"type":"unsubscribe","id":"1"}'],
    ['an additional member', '{"type":"ping","more":1}'],
    ['__proto__ as a member', '{"type":"ping","__proto__":{}}'],
    ['a write without content', '{"type":"write","id":1,"key":"a"}'],
    ['a write without a key', '{"type":"write","id":1,"write":{}}'],
    ['a write that claims to be a repeat', '{"type":"write","id":1,"write":{},"key":"a","again":true}'],
    ['an empty key', '{"type":"write","id":1,"write":{},"key":""}'],
    ['a key that is not text', '{"type":"write","id":1,"write":{},"key":{"$r":["person","x"]}}'],
    ['a key with other characters', `{"type":"write","id":1,"write":{},"key":"a'; DELETE person"}`],
    ['a key with a line break', '{"type":"write","id":1,"write":{},"key":"a\\n"}'],
    ['a key of 65 characters', `{"type":"write","id":1,"write":{},"key":"${'x'.repeat(65)}"}`],
    ['a huge key', `{"type":"write","id":1,"write":{},"key":"${'x'.repeat(200_000)}"}`],
    ['a sync without an id', '{"type":"sync"}'],
    ['a sync with more', '{"type":"sync","id":1,"round":7}'],
    ['a digest of 100,000 characters', `{"type":"subscribe","id":1,"plan":{},"digest":"${'x'.repeat(100_000)}"}`],
    ['a hundred thousand brackets', '['.repeat(100_000)],
  ])('closes its socket: %s', async (_, text) => {
    const socket = await test.connect({ cookie });
    socket.sendRaw(text);
    expect(await socket.closed).toMatchObject({ code: 4400, reason: expect.stringMatching(/^.{1,100}$/) });
    expect(test.log.filter((line) => line.includes('failed'))).toEqual([]);
  });

  it('closes its socket: bytes', async () => {
    const socket = await test.connect({ cookie });
    socket.sendRaw(Buffer.from('{"type":"ping"}'));
    expect(await socket.closed).toMatchObject({ code: 4400 });
  });

  it('closes its socket: a text that is not UTF-8', async () => {
    const socket = await test.connect({ cookie });
    socket.socket.send(Buffer.from([0xff, 0xfe, 0xfd]), { binary: false });
    expect(await socket.closed).toMatchObject({ code: 4400 });
  });

  it('closes its socket: too large, in one piece or in many', async () => {
    const large = `{"type":"ping"}${' '.repeat(FRAME_MAX_BYTES)}`;
    const whole = await test.connect({ cookie });
    whole.sendRaw(large);
    expect(await whole.closed).toMatchObject({ code: 4413 });
    const pieces = await test.connect({ cookie });
    for (let at = 0; at < 40; at += 1) pieces.socket.send(' '.repeat(10_000), { fin: false });
    expect(await pieces.closed).toMatchObject({ code: 4413 });
  });
});

describe('a plan with 10,000 conditions', () => {
  it('is too large for a frame', async () => {
    const socket = await test.connect({ cookie });
    const where = { any: Array.from({ length: 10_000 }, () => ({ field: 'name', is: 'eq', value: 'x' })) };
    socket.send({ type: 'subscribe', id: 1, plan: { table: 'person', where } as WirePlan });
    expect(await socket.closed).toMatchObject({ code: 4413 });
  });
});

describe('a valid frame with an invalid write', () => {
  it.each([
    ['null', null],
    ['a list', []],
    ['a text', 'DELETE person'],
    ['an unknown kind', { kind: 'query', text: 'DELETE person' }],
    ['the name of a prototype', { kind: 'constructor' }],
    ['SurrealQL as a table', { kind: 'delete', id: { $r: ['person; DELETE person', 'x'] } }],
    ['a text as an id', { kind: 'delete', id: 'person:ada' }],
    ['an additional member', { kind: 'delete', id: { $r: ['project', 'x'] }, where: 'true' }],
    ['an unknown tag', { kind: 'create', id: { $r: ['project', 'x'] }, fields: { title: { $fn: 'x' } } }],
    ['a value of 10,000 levels', { kind: 'create', id: { $r: ['project', 'x'] }, fields: { title: nested(10_000) } }],
    ['fields that are a list', { kind: 'create', id: { $r: ['project', 'x'] }, fields: [] }],
    ['a lone surrogate', { kind: 'create', id: { $r: ['project', 'x'] }, fields: { title: '\ud800' } }],
  ])('is answered: %s', async (_, write) => {
    const socket = await test.connect({ cookie });
    const text = JSON.stringify({ type: 'write', id: 1, write: 'HERE', key: 'key' }).replace(
      '"HERE"',
      stringify(write),
    );
    socket.sendRaw(text);
    expect(await socket.frame('refused')).toMatchObject({ id: 1, error: { code: 'SPOOKY_GATEWAY_BAD_WRITE' } });
    socket.send({ type: 'ping' });
    await socket.frame('pong');
    socket.close();
  });
});

describe('a socket', () => {
  it('is closed for too many frames', async () => {
    const socket = await test.connect({ cookie });
    for (let index = 0; index < 5_000; index += 1) socket.send({ type: 'ping' });
    expect(await socket.closed).toMatchObject({ code: 4429 });
    expect(socket.frames.length).toBeLessThan(1_500);
  });

  it('is closed for too many pings', async () => {
    const socket = await test.connect({ cookie });
    for (let index = 0; index < 5_000; index += 1) socket.socket.ping();
    expect(await socket.closed).toMatchObject({ code: 4429 });
  });

  it('is closed for too many pongs', async () => {
    const socket = await test.connect({ cookie });
    for (let index = 0; index < 5_000; index += 1) socket.socket.pong();
    expect(await socket.closed).toMatchObject({ code: 4429 });
  });

  it('is closed for too many bytes in few frames', async () => {
    const socket = await test.connect({ cookie });
    const write = { kind: 'nothing', text: 'x'.repeat(FRAME_MAX_BYTES - 1_000) };
    for (let id = 0; id < 100; id += 1) socket.send({ type: 'write', id, write, key: 'key' } as never);
    expect(await socket.closed).toMatchObject({ code: 4429, reason: expect.stringContaining('4096 bytes') });
    expect(socket.frames.filter(({ type }) => type === 'refused').length).toBeLessThan(10);
  });

  it('may be closed if the sockets of one user send too many frames together', async () => {
    const visitor = await test.signUp('swarm');
    const sockets = await Promise.all(Array.from({ length: 30 }, () => test.connect(visitor)));
    for (const socket of sockets) for (let index = 0; index < 300; index += 1) socket.send({ type: 'ping' });
    const closed = await Promise.race(sockets.map(({ closed }) => closed));
    expect(closed).toMatchObject({ code: 4429, reason: expect.stringContaining("one user's") });
    for (const socket of sockets) socket.close();
  });

  it('accepts a few of the largest writes', async () => {
    const socket = await test.connect({ cookie });
    const { id } = await test.owner.query<{ id: RecordId }>(
      `RETURN CREATE ONLY project SET title = 'x', owner = (SELECT VALUE id FROM ONLY person WHERE name = 'ada' LIMIT 1)`,
    );
    for (let index = 0; index < 4; index += 1) {
      const task = { $r: ['task', `large-${index}`] };
      const fields = {
        title: 'x',
        project: { $r: ['project', String(id.id)] },
        extra: 'x'.repeat(FRAME_MAX_BYTES - 500),
      };
      expect(await socket.write({ kind: 'create', id: task, fields })).toMatchObject({ type: 'written' });
    }
    socket.close();
  });

  it('is refused if the user has too many, and accepted when another has closed', async () => {
    const visitor = await test.signUp('many');
    const sockets = await Promise.all(Array.from({ length: 64 }, () => test.connect(visitor)));
    await Promise.all(sockets.map(({ frame }) => frame('hello')));
    expect(await (await test.connect(visitor)).closed).toMatchObject({ code: 4429 });
    sockets[0]?.close();
    await sockets[0]?.closed;
    await expect
      .poll(async () => {
        const socket = await test.connect(visitor);
        return Promise.race([
          socket.frame('hello').then(({ type }) => type),
          socket.closed.then(({ code }) => code),
        ]).catch(() => 'closed');
      })
      .toBe('hello');
    for (const socket of sockets) socket.close();
  });

  it('has writes refused above the limit at once', async () => {
    const socket = await test.connect({ cookie });
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        socket.write({ kind: 'create', id: { $r: ['project', `many-${index}`] }, fields: { title: 'x' } }),
      ),
    );
    const refused = answers.filter(({ type }) => type === 'refused');
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThanOrEqual(28);
    for (const answer of refused) expect(answer).toMatchObject({ error: { code: 'SPOOKY_GATEWAY_LIMIT' } });
    socket.close();
  });

  it('is closed with the right reason for another protocol version', async () => {
    for (const query of ['', 'protocol=1', 'protocol=x']) {
      expect(await (await test.connect({ cookie, query })).closed).toMatchObject({ code: 4426 });
    }
    const garbage = await test.connect({ cookie, query: "protocol=2&round=1'; DELETE person" });
    expect(await garbage.closed).toMatchObject({ code: 4400 });
    await (await test.connect({ cookie, query: 'protocol=2&round=12' })).frame('hello');
  });
});

function nested(levels: number): unknown {
  return { levels };
}

/** Writes JSON that is nested more deeply than JSON.stringify supports. */
function stringify(value: unknown): string {
  return JSON.stringify(value).replace(/\{"levels":(\d+)\}/, (_, levels: string) => {
    const count = Number(levels);
    return `${'['.repeat(count)}${']'.repeat(count)}`;
  });
}
