import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestDatabase, type TestDatabase } from '../../testing/database.ts';
import { startTestGateway, type TestGateway } from '../../testing/test-gateway.ts';
import type { TestSocket } from '../../testing/test-socket.ts';

let database: TestDatabase;
let here: TestGateway;
let elsewhere: TestGateway;
let visitor: { cookie: string };
beforeAll(async () => {
  database = await startTestDatabase();
  [here, elsewhere] = [await startTestGateway({ database }), await startTestGateway({ database })];
  visitor = await here.signUp('ada');
});
afterAll(async () => {
  await here.close();
  await elsewhere.close();
  await database.close();
});

const PLAN = { table: 'project', select: ['title'] } as const;

/** Sends `sync` and resolves when its round has been committed. */
async function synced(socket: TestSocket, id: number): Promise<number> {
  socket.send({ type: 'sync', id });
  const { visibleIn } = await socket.frame('synced', (frame) => frame.id === id);
  await socket.frame('commit', ({ round }) => round >= visibleIn);
  return visibleIn;
}

describe('a sync', () => {
  it('is answered with a round that is committed, also without a subscription and without changes', async () => {
    const socket = await here.connect(visitor);
    const rounds: number[] = [];
    for (let id = 1; id <= 5; id += 1) rounds.push(await synced(socket, id));
    expect(rounds).toEqual([...new Set(rounds)].toSorted((one, other) => one - other));
    socket.close();
  });

  it('shows what another gateway has written before', async () => {
    const [reader, writer] = [await here.connect(visitor), await elsewhere.connect(visitor)];
    reader.send({ type: 'subscribe', id: 1, plan: PLAN });
    await reader.frame('snapshot');
    for (let id = 1; id <= 20; id += 1) {
      const title = `sync ${id}`;
      const write = { kind: 'create', id: { $r: ['project', `sync-${id}`] }, fields: { title } };
      expect(await writer.write(write)).toMatchObject({ type: 'written' });
      const visibleIn = await synced(reader, id);
      const commit = reader.frames.findIndex((frame) => frame.type === 'commit' && frame.round >= visibleIn);
      const before = JSON.stringify(reader.frames.slice(0, commit));
      expect(before, title).toContain(`"title":"${title}"`);
    }
    reader.close();
    writer.close();
  });

  it('may be sent many times at once', async () => {
    const socket = await here.connect(visitor);
    for (let id = 1; id <= 200; id += 1) socket.send({ type: 'sync', id });
    const { visibleIn } = await socket.frame('synced', ({ id }) => id === 200);
    await socket.frame('commit', ({ round }) => round >= visibleIn);
    expect(socket.frames.filter(({ type }) => type === 'synced')).toHaveLength(200);
    // Many of them share a round.
    expect(socket.frames.filter(({ type }) => type === 'commit').length).toBeLessThan(200);
    socket.close();
  });
});

describe('a subscription', () => {
  it('is answered as delayed only if the database must evaluate its view', async () => {
    const socket = await here.connect(visitor);
    socket.send({ type: 'subscribe', id: 1, plan: PLAN });
    socket.send({ type: 'subscribe', id: 2, plan: { table: 'riddle' } });
    expect(await socket.frame('subscribed', ({ id }) => id === 1)).not.toHaveProperty('delayed');
    expect(await socket.frame('subscribed', ({ id }) => id === 2)).toMatchObject({ delayed: true });
    socket.close();
  });
});
