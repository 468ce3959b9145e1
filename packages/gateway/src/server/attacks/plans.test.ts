import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from '../../testing/test-gateway.ts';
import type { TestSocket } from '../../testing/test-socket.ts';
import type { ClientFrame } from '../../wire/frames.ts';

let test: TestGateway;
let cookie: string;
let bystander: TestSocket;
beforeAll(async () => {
  test = await startTestGateway();
  ({ cookie } = await test.signUp('ada'));
  bystander = await test.connect(await test.signUp('ben'));
  bystander.send(subscribe(1, { table: 'project' }));
  await bystander.frame('commit');
});
afterAll(() => test.close());

/** A change still reaches another socket. */
afterEach(async () => {
  const deltas = () => bystander.frames.filter(({ type }) => type === 'delta').length;
  const before = deltas();
  await bystander.write({ kind: 'create', id: { $r: ['project', `after-${before}`] }, fields: { title: 'x' } });
  await bystander.frame('delta', () => deltas() > before);
});

function subscribe(id: number, plan: unknown): ClientFrame {
  return { type: 'subscribe', id, plan } as ClientFrame;
}

const equal = (field: string, value: unknown) => ({ field, is: 'eq', value });

describe('an invalid plan', () => {
  it.each([
    ['null', null],
    ['a text', 'SELECT * FROM person'],
    ['an unknown table', { table: 'nothing' }],
    ["one of the engine's tables", { table: 'spooky_session' }],
    ['a closed table', { table: 'credential' }],
    ['the name of a prototype', { table: 'constructor' }],
    ['__proto__ as a table', { table: '__proto__' }],
    ['SurrealQL as a table', { table: 'person; DELETE person' }],
    ['an unknown field', { table: 'person', select: ['nothing'] }],
    ['a hidden field', { table: 'person', select: ['hidden'] }],
    ['a condition on a hidden field', { table: 'person', where: equal('hidden', 'x') }],
    ['an order by a hidden field', { table: 'person', orderBy: [{ field: 'hidden' }] }],
    ['SurrealQL as a field', { table: 'person', where: equal('name = 1 OR true', 'x') }],
    ['SurrealQL as an operator', { table: 'person', where: { field: 'name', is: '= 1 OR', value: 1 } }],
    ['SurrealQL as a limit', { table: 'person', limit: '1; DELETE person' }],
    ['a negative limit', { table: 'person', limit: -1 }],
    ['a huge limit', { table: 'person', limit: 1e300 }],
    ['SurrealQL as a direction', { table: 'person', orderBy: [{ field: 'name', descending: 'DESC; DELETE person' }] }],
    ['SurrealQL as a count', { table: 'person', count: 'count(); DELETE person' }],
    ['a count with rows', { table: 'person', count: true, select: ['name'] }],
    ['a count of part of the rows', { table: 'person', count: true, limit: 1 }],
    ['a count by a hidden field', { table: 'person', count: true, where: equal('hidden', 'x') }],
    ['a count of a closed table', { table: 'credential', count: true }],
    ['an additional member', { table: 'person', text: 'DELETE person' }],
    ['5,000 conditions', { table: 'person', where: { any: Array.from({ length: 5_000 }, () => equal('name', 'x')) } }],
    ['conditions nested in 1,000 levels', { table: 'person', where: levels(1_000) }],
    [
      '2,000 values',
      { table: 'person', where: { field: 'name', is: 'in', value: Array.from({ length: 2_000 }, String) } },
    ],
    [
      '2,000 values in several conditions',
      {
        table: 'person',
        where: { any: [0, 1, 2, 3].map(() => ({ field: 'name', is: 'in', value: Array(500).fill('x') })) },
      },
    ],
  ])('is rejected while the socket stays open: %s', async (_, plan) => {
    const socket = await test.connect({ cookie });
    socket.send(subscribe(1, plan));
    const { error } = await socket.frame('rejected');
    expect(error.code).toMatch(/^SPOOKY_GATEWAY_(BAD_PLAN|LIMIT)$/);
    expect(error.message.length).toBeLessThan(1_000);
    socket.send({ type: 'ping' });
    await socket.frame('pong');
    expect(socket.frames.some(({ type }) => type === 'snapshot')).toBe(false);
    socket.close();
  });

  it('accepts SurrealQL as a mere value', async () => {
    const socket = await test.connect({ cookie });
    const texts = ["' OR true --", '$auth', "x'; DELETE person; --", '`', '\u0000', '⟩'];
    for (const [index, text] of texts.entries())
      socket.send(subscribe(index, { table: 'person', where: equal('name', text) }));
    for (const index of texts.keys()) {
      const { view } = await socket.frame('subscribed', ({ id }) => id === index);
      const snapshot = await socket.frame('snapshot', (frame) => frame.view === view);
      expect(snapshot.rows, texts[index]).toEqual([]);
    }
    expect(await test.owner.query('SELECT VALUE name FROM person ORDER BY name')).toEqual(['ada', 'ben']);
    socket.close();
  });
});

describe('a subscription', () => {
  it('is rejected above the limit', async () => {
    const socket = await test.connect({ cookie });
    for (let id = 0; id < 300; id += 1) socket.send(subscribe(id, { table: 'project', limit: id + 1 }));
    const { error } = await socket.frame('rejected', ({ id }) => id === 299);
    expect(error).toMatchObject({ code: 'SPOOKY_GATEWAY_LIMIT', message: expect.stringContaining('256') });
    socket.send({ type: 'unsubscribe', id: 0 });
    socket.send(subscribe(1_000, { table: 'project' }));
    await socket.frame('subscribed', ({ id }) => id === 1_000);
    socket.close();
  });

  it('closes the socket if its id is in use', async () => {
    const socket = await test.connect({ cookie });
    socket.send(subscribe(1, { table: 'project' }));
    socket.send(subscribe(1, { table: 'person' }));
    expect(await socket.closed).toMatchObject({ code: 4400 });
  });

  it('leaves nothing behind if thousands come and go', async () => {
    const sockets = await Promise.all(Array.from({ length: 10 }, () => test.connect({ cookie })));
    for (let id = 0; id < 150; id += 1) {
      for (const socket of sockets) {
        socket.send(subscribe(id, { table: 'project', limit: (id % 50) + 2 }));
        socket.send({ type: 'unsubscribe', id });
      }
    }
    for (const socket of sockets) {
      socket.send({ type: 'ping' });
      await socket.frame('pong');
      socket.close();
    }
    await expect.poll(() => test.gateway.stats.views.subscriptions, { timeout: 10_000 }).toBe(1);
    await expect.poll(() => test.gateway.stats.views.views, { timeout: 10_000 }).toBe(1);
  });
});

describe('a user', () => {
  it('sees nothing that belongs to someone else', async () => {
    await test.owner.queryAll("CREATE project:secret SET title = 'of-ben', owner = person:nobody");
    const socket = await test.connect({ cookie });
    socket.send(subscribe(1, { table: 'project', where: equal('id', { $r: ['project', 'secret'] }) }));
    expect(await socket.frame('snapshot')).toMatchObject({ rows: [] });
    await test.owner.queryAll(
      "UPDATE project:secret SET title = 'of-ben-2'; CREATE project:other SET title = 'of-ben', owner = person:nobody",
    );
    await socket.write({ kind: 'create', id: { $r: ['project', 'own'] }, fields: { title: 'x' } });
    await bystander.write({ kind: 'create', id: { $r: ['project', 'bens'] }, fields: { title: 'of-ben' } });
    expect(JSON.stringify(socket.frames)).not.toContain('of-ben');
    socket.close();
  });

  it('does not learn from a number how many rows of others there are', async () => {
    const socket = await test.connect({ cookie });
    const owner = { $r: ['person', 'nobody'] };
    socket.send(subscribe(1, { table: 'project', count: true, where: equal('owner', owner) }));
    expect(await socket.frame('snapshot')).toMatchObject({ rows: [], lists: [] });
    await test.owner.queryAll("CREATE project:uncounted SET title = 'of-ben', owner = person:nobody");
    await test.owner.queryAll('UPDATE project:uncounted SET is_public = true');
    expect(await socket.frame('delta')).toMatchObject({ rows: [[0, '', '1', { count: 1 }]] });
    await test.owner.queryAll('UPDATE project:uncounted SET is_public = false');
    await socket.frame('delta', ({ lists }) =>
      lists.some(([, , splices]) => splices.some(([, remove]) => remove === 1)),
    );
    socket.close();
  });

  it('sees a write at the latest in the round that its answer names', async () => {
    const socket = await test.connect({ cookie });
    socket.send(subscribe(1, { table: 'project', where: equal('title', 'seen') }));
    await socket.frame('commit');
    const written = await socket.write({ kind: 'create', id: { $r: ['project', 'seen'] }, fields: { title: 'seen' } });
    const delta = await socket.frame('delta');
    expect(delta.rows).toMatchObject([[0, expect.any(String), expect.any(String), { title: 'seen' }]]);
    const begin = socket.frames.findLast((frame) => frame.type === 'begin');
    expect(written.type === 'written' && written.visibleIn).toBeGreaterThanOrEqual(begin?.round ?? Number.NaN);
    socket.close();
  });
});

describe('a socket that never reads', () => {
  it('delays no one else and leaves nothing behind', async () => {
    await test.owner.queryAll(`FOR $n IN 0..1000 {
      CREATE type::record('project', 'big-' + <string> $n)
        SET title = string::repeat('x', 190), owner = person:x, is_public = true
    }`);
    const socket = await test.connect({ cookie });
    socket.socket.pause();
    const where = equal('is_public', true);
    for (let id = 0; id < 12; id += 1) socket.send(subscribe(id, { table: 'project', where, limit: 1_000 - id }));
    await expect.poll(() => test.gateway.stats.views.subscriptions, { timeout: 20_000 }).toBe(13);
    const quick = await test.connect({ cookie });
    quick.send(subscribe(1, { table: 'person' }));
    await quick.frame('snapshot');
    quick.close();
    socket.socket.terminate();
    await expect.poll(() => test.gateway.stats.views.subscriptions).toBe(1);
    await test.owner.queryAll('DELETE project WHERE owner = person:x');
  });
});

function levels(count: number): unknown {
  let where: unknown = equal('name', 'x');
  for (let level = 0; level < count; level += 1) where = { not: where };
  return where;
}
