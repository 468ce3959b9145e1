import { randomUUID } from 'node:crypto';
import { RecordId, Table, Uuid } from 'surrealdb';
import { describe, expect, it, vi } from 'vitest';
import { codec } from '../protocol/codec.ts';
import { connectRoot, names, root, startTestServer } from '../testing/database.ts';
import { RawClient } from '../testing/raw-client.ts';
import { applySchema, signUp } from '../testing/threads-fixture.ts';

const credentials = [{ user: root.username, pass: root.password }];

describe('a connection', () => {
  it('can name its own sessions, but not those of another connection or of the engine', async () => {
    const { url } = await startTestServer();
    const ada = await RawClient.connect(url);
    const eve = await RawClient.connect(url);
    const session = new Uuid(randomUUID());
    expect(await ada.call('attach', [], { session })).not.toHaveProperty('error');
    await ada.call('signin', credentials, { session });
    expect(await ada.call('query', ['RETURN 1'], { session })).toMatchObject({ result: [{ result: 1 }], session });
    expect(await ada.call('attach', [], { session })).toMatchObject({ error: { kind: 'AlreadyExists' } });

    expect(await eve.call('query', ['RETURN 1'], { session })).toMatchObject({ error: { kind: 'NotFound' } });
    expect((await eve.call('sessions')).result).toEqual([]);
    await eve.call('detach', [], { session });
    expect(await eve.call('attach', [], { session }), 'the same name for another session').not.toHaveProperty('error');
    expect(await eve.call('query', ['RETURN 1'], { session })).toMatchObject({ error: { kind: 'NotAllowed' } });
    expect((await ada.call('sessions')).result).toEqual([session]);

    expect(await ada.call('detach', [], { session })).not.toHaveProperty('error');
    expect(await ada.call('query', ['RETURN 1'], { session })).toMatchObject({ error: { kind: 'NotFound' } });
    expect(await ada.call('attach')).toMatchObject({ error: { code: -32603 } });
  });

  it('signs in each of its sessions separately', async () => {
    const { url } = await startTestServer();
    const client = await connectRoot(url);
    const fork = await client.newSession();
    await expect(fork.query('RETURN 1')).rejects.toThrow('Anonymous access not allowed');
    await fork.signin(root);
    await fork.invalidate();
    expect(await client.query('RETURN 1')).toEqual([1]);
    await fork.closeSession();
  });

  it('cannot use, commit or cancel a transaction of another connection', async () => {
    const { url } = await startTestServer();
    const [ada, eve] = [await RawClient.connect(url), await RawClient.connect(url)];
    for (const client of [ada, eve]) {
      await client.call('signin', credentials);
      await client.call('use', [names.namespace, names.database]);
    }
    const { result: txn } = await ada.call('begin');
    await ada.call('query', ['CREATE note:1'], { txn });
    const unknown = { error: { code: -32603, message: 'Transaction not found' } };
    expect(await eve.call('query', ['SELECT * FROM note'], { txn })).toMatchObject(unknown);
    expect(await eve.call('commit', [txn])).toMatchObject(unknown);
    expect(await eve.call('cancel', [txn])).toMatchObject(unknown);
    expect(await ada.call('commit', [txn])).not.toHaveProperty('error');
    expect(await eve.call('select', ['note'])).toMatchObject({ result: [{}] });
  });

  it('cannot receive or kill a live query of another connection', async () => {
    const { url } = await startTestServer();
    const [ada, eve] = [await RawClient.connect(url), await RawClient.connect(url)];
    for (const client of [ada, eve]) {
      await client.call('signin', credentials);
      await client.call('use', [names.namespace, names.database]);
    }
    await ada.call('query', ['DEFINE TABLE note']);
    const { result: live } = await ada.call('live', ['note']);
    expect(await eve.call('kill', [live])).toMatchObject({ error: { message: expect.stringContaining('KILL') } });
    expect(await eve.call('kill', [String(live)])).toHaveProperty('error');
    // The same UUID in chunks of indefinite length, which a reader of finite values does not recognise.
    const request = Buffer.from(codec.encode({ id: 'raw', method: 'kill', params: [live] }));
    const uuid = request.subarray(-16);
    const start = request.subarray(0, request.length - 20);
    const chunked = Buffer.concat([
      start,
      Buffer.from([0x9f, 0xd8, 0x25, 0x5f, 0x50]),
      uuid,
      Buffer.from([0xff, 0xff]),
    ]);
    expect(await eve.send(chunked)).toHaveProperty('error');
    await eve.call('create', ['note', {}]);
    await vi.waitFor(() => expect(ada.answers.filter(({ id }) => id === undefined)).toHaveLength(1), 20_000);
    expect(eve.answers.filter(({ id }) => id === undefined)).toHaveLength(0);
    expect(await ada.call('kill', [live])).not.toHaveProperty('error');
    expect(await ada.call('kill', [live])).toHaveProperty('error');
  });

  it('ends all its sessions, transactions and live queries when it closes', async () => {
    const { url } = await startTestServer();
    const admin = await connectRoot(url);
    await admin.query('DEFINE TABLE note');
    const liveQueries = async () => {
      const [info] = await admin.query<[{ lives: object }]>('INFO FOR TABLE note');
      return Object.keys(info.lives).length;
    };
    const client = await RawClient.connect(url);
    await client.call('signin', credentials);
    await client.call('use', [names.namespace, names.database]);
    await client.call('live', ['note']);
    const session = new Uuid(randomUUID());
    await client.call('attach', [], { session });
    await client.call('signin', credentials, { session });
    await client.call('use', [names.namespace, names.database], { session });
    await client.call('query', ['LIVE SELECT * FROM note; RETURN 1'], { session });
    const { result: txn } = await client.call('begin');
    await client.call('query', ['CREATE note:held'], { txn });
    expect(await liveQueries()).toBe(2);
    client.socket.terminate();
    await vi.waitFor(async () => expect(await liveQueries()).toBe(0), 20_000);
    expect(await admin.select(new RecordId('note', 'held'))).toBeUndefined();
  });
});

describe('permissions', () => {
  it('separate two users in reads, writes and live queries', async () => {
    const { url } = await startTestServer();
    const admin = await connectRoot(url);
    await applySchema(admin);
    const { client: ada } = await signUp(url, 'ada');
    const { client: ben } = await signUp(url, 'ben');
    const [[thread]] = await ada.query<[[{ id: RecordId }]]>('CREATE thread SET title = "Mine", content = "All mine"');
    if (thread === undefined) throw new Error('no thread was created');

    const received: { who: string; value: unknown; action: string }[] = [];
    for (const [who, client] of [
      ['ada', ada],
      ['ben', ben],
    ] as const) {
      for (const table of ['thread', 'suggestion']) {
        const live = await client.live(new Table(table));
        live.subscribe(({ value, action }) => received.push({ who, value, action }));
      }
    }
    expect(await ben.query('UPDATE $id SET title = "Stolen"', { id: thread.id })).toEqual([[]]);
    expect(await ben.query('SELECT VALUE title FROM thread')).toEqual([['Mine']]);
    expect(await ben.query('SELECT * FROM job')).toEqual([[]]);
    await expect(ben.query('INFO FOR ROOT')).rejects.toThrow();

    await admin.query('CREATE suggestion SET thread = $id, title = "Boo", written_by = "test"', { id: thread.id });
    expect(await ada.query('SELECT VALUE title FROM suggestion')).toEqual([['Boo']]);
    expect(await ben.query('SELECT VALUE title FROM suggestion')).toEqual([[]]);
    await admin.query('UPDATE $id SET title = "Mine still"', { id: thread.id });
    // Notifications arrive in the order of the writes, so this one is the last.
    await vi.waitFor(() => {
      expect(received.filter(({ value }) => JSON.stringify(value).includes('Mine still'))).toHaveLength(2);
    }, 20_000);
    expect(received.map(({ who, value }) => [who, (value as { title: string }).title]).toSorted()).toEqual([
      ['ada', 'Boo'],
      ['ada', 'Mine still'],
      ['ben', 'Mine still'],
    ]);
  });
});
