import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type DateTime, Uuid } from 'surrealdb';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import { connectRoot, names, root, startTestServer } from '../testing/database.ts';
import { RawClient } from '../testing/raw-client.ts';
import type { ServerLimits } from './limits.ts';

const credentials = [{ user: root.username, pass: root.password }];

async function start(limits: Partial<ServerLimits>, more: { maxQueuedBytes?: number } = {}) {
  const { url } = await startTestServer({ limits, ...more });
  const admin = await connectRoot(url);
  await admin.query('DEFINE TABLE note');
  const liveQueries = async () => {
    const [info] = await admin.query<[{ lives: object }]>('INFO FOR TABLE note');
    return Object.keys(info.lives).length;
  };
  const client = await RawClient.connect(url);
  await client.call('signin', credentials);
  await client.call('use', [names.namespace, names.database]);
  return { url, admin, client, liveQueries };
}

describe('the limits of one connection', () => {
  it('apply to live queries over all of its sessions, however they are started', async () => {
    const { client, liveQueries } = await start({ liveQueries: 3 });
    const refused = { error: { message: 'Too many live queries' } };
    const session = new Uuid(randomUUID());
    await client.call('attach', [], { session });
    await client.call('signin', credentials, { session });
    await client.call('use', [names.namespace, names.database], { session });
    await client.call('live', ['note']);
    await client.call('live', ['note'], { session });
    expect(await client.call('query', ['LIVE SELECT * FROM note; LIVE SELECT * FROM note'])).toMatchObject(refused);
    expect(await liveQueries()).toBe(2);
    await client.call('query', ['LIVE SELECT * FROM note']);
    expect(await client.call('live', ['note'], { session })).toMatchObject(refused);
    expect(await client.call('query', ['LIVE SELECT * FROM note'], { session })).toMatchObject(refused);
    expect(await liveQueries()).toBe(3);
  });

  it('apply to live queries that a comment hides', async () => {
    const { client, liveQueries } = await start({ liveQueries: 3 });
    const hidden = 'LIVE/**/SELECT * FROM note;'.repeat(5);
    expect(await client.call('query', [hidden])).toMatchObject({ error: { message: 'Too many live queries' } });
    expect(await liveQueries()).toBe(0);
  });

  it('apply to sessions and transactions', async () => {
    const { client } = await start({ sessions: 2, transactions: 2 });
    const attach = () => client.call('attach', [], { session: new Uuid(randomUUID()) });
    await attach();
    await attach();
    expect(await attach()).toMatchObject({ error: { message: 'Too many sessions' } });
    const { result: first } = await client.call('begin');
    await client.call('begin');
    expect(await client.call('begin')).toMatchObject({ error: { message: 'Too many transactions' } });
    await client.call('cancel', [first]);
    expect(await client.call('begin')).not.toHaveProperty('error');
  });

  it('apply to concurrent requests: its socket is not read while they run', async () => {
    const { admin, client } = await start({ concurrentRequests: 2 });
    const run = (number: number) =>
      client.call('query', [
        `CREATE note:${number} SET began = time::now(); SLEEP 500ms; UPDATE note:${number} SET ended = time::now()`,
      ]);
    const all = [run(1), run(2)];
    // Requests that are read together are started together, so the others are sent after the first two have begun.
    await vi.waitFor(async () => expect(await admin.query('SELECT * FROM note')).toMatchObject([[{}, {}]]), 20_000);
    for (const number of [3, 4, 5, 6]) all.push(run(number));
    await Promise.all(all);
    const [firstEnd, others] = await admin.query<[DateTime, DateTime[]]>(`
      RETURN array::min(SELECT VALUE ended FROM note:1, note:2);
      SELECT VALUE began FROM note:3, note:4, note:5, note:6`);
    expect(others).toHaveLength(4);
    for (const began of others) expect(began.compare(firstEnd)).toBeGreaterThan(0);
  });
});

describe('the limit of connections', () => {
  it('refuses further clients with a status', async () => {
    const { url } = await startTestServer({ limits: { connections: 2 } });
    const first = await RawClient.connect(url);
    await RawClient.connect(url);
    const refuse = async () => {
      const [error] = await once(new WebSocket(url, ['cbor']), 'error');
      return error;
    };
    expect(await refuse()).toMatchObject({ message: 'Unexpected server response: 503' });
    first.socket.close();
    await vi.waitFor(async () => expect(await RawClient.connect(url)).toBeDefined(), 20_000);
  });
});

describe('the ping', () => {
  it('disconnects a client that does not answer and cleans up after it, but not a quiet client', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const { url, client, liveQueries } = await start({ pingIntervalMs: 60 });
    onTestFinished(() => void vi.useRealTimers());
    const halfOpen = new WebSocket(url, ['cbor'], { autoPong: false });
    onTestFinished(() => halfOpen.terminate());
    const closed = once(halfOpen, 'close');
    await once(halfOpen, 'open');
    await client.call('live', ['note']);
    for (let count = 1; count <= 3; count += 1) {
      const pinged = once(client.socket, 'ping');
      vi.advanceTimersByTime(60);
      await pinged;
      // The server has read the pong before it answers a request sent after it, and the second of these requests surely
      // was.
      for (let question = 1; question <= 2; question += 1) {
        expect(await client.call('ping')).not.toHaveProperty('error');
        expect(await liveQueries()).toBe(1);
      }
    }
    expect((await closed)[0]).toBe(1006);
  });
});

describe('a client that does not read', () => {
  it('is disconnected before its notifications fill the memory', async () => {
    const { admin, client, liveQueries } = await start({}, { maxQueuedBytes: 4_000_000 });
    await client.call('live', ['note']);
    client.socket.pause();
    const text = 'x'.repeat(500_000);
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    for (let written = 0; written < 400 && (await liveQueries()) > 0; written += 1) {
      await admin.query('UPSERT note:1 SET text = $text, n = $written', { text, written });
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    }
    expect(await liveQueries()).toBe(0);
    expect(most).toBeLessThan(100_000_000);
    expect(await admin.query('RETURN 1')).toEqual([1]);
  });
});
