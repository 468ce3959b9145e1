import { DateTime, Decimal, Duration, RecordId, Table, Uuid } from 'surrealdb';
import { describe, expect, it, vi } from 'vitest';
import { connectRoot, names, root, startTestServer } from '../testing/database.ts';
import { OneEventPerTickWebSocket } from '../testing/one-event-per-tick.ts';
import { RawClient } from '../testing/raw-client.ts';

const credentials = [{ user: root.username, pass: root.password }];

describe('the SDK’s methods', () => {
  it('work as with a real server', async () => {
    const { url } = await startTestServer();
    const client = await connectRoot(url);
    expect(await client.version()).toEqual({ version: 'surrealdb-3.0.2' });
    const note = new RecordId('note', 1);
    const content = {
      text: 'naïve ☂',
      at: new DateTime('2026-01-02T03:04:05.678901234Z'),
      took: new Duration('1h30m'),
      price: new Decimal('12.340'),
      by: new RecordId('person', ['a', 1]),
      key: new Uuid('0191b0a4-8f0e-7cc2-9f5e-6a7b8c9d0e1f'),
      bytes: new Uint8Array([1, 2, 3]).buffer,
      nothing: null,
    };
    expect(await client.create(note).content(content)).toEqual({ id: note, ...content });
    expect(await client.select(note)).toEqual({ id: note, ...content });
    expect(await client.update(note).merge({ text: 'b' })).toMatchObject({ text: 'b' });
    expect(await client.upsert(new RecordId('note', 2)).content({ text: 'c' })).toMatchObject({ text: 'c' });
    expect(await client.insert(new Table('note'), [{ text: 'd' }, { text: 'e' }])).toHaveLength(2);
    expect(await client.relate(note, new Table('cites'), new RecordId('note', 2))).toMatchObject({ in: note });
    expect(await client.delete(note)).toMatchObject({ id: note });
    await client.set('limit', 2);
    expect(await client.query('SELECT VALUE text FROM note ORDER BY text LIMIT $limit')).toEqual([['c', 'd']]);
    await client.unset('limit');
    await client.query('DEFINE FUNCTION fn::double($x: int) { RETURN $x * 2 }');
    expect(await client.run('fn::double', [21])).toBe(42);
    expect(await client.export()).toContain('DEFINE FUNCTION fn::double');
  });

  it('return a result that looks like an error as a result', async () => {
    const { url } = await startTestServer();
    const raw = await RawClient.connect(url);
    await raw.call('signin', credentials);
    await raw.call('use', [names.namespace, names.database]);
    await raw.call('query', ['DEFINE FUNCTION fn::odd() { RETURN { error: { code: 1, message: "fine" } } }']);
    expect(await raw.call('run', ['fn::odd'])).toMatchObject({ result: { error: { code: 1, message: 'fine' } } });
    expect(await raw.call('query', ['RETURN { error: { code: 1 } }'])).toMatchObject({
      result: [{ result: { error: { code: 1 } } }],
    });
  });

  it('commit and cancel transactions, and run a pipeline’s statements in order', async () => {
    const { url } = await startTestServer();
    const client = await connectRoot(url);
    const kept = await client.beginTransaction();
    await kept.create(new RecordId('note', 'kept'));
    expect(await client.query('SELECT * FROM note').catch(() => [[]])).toEqual([[]]);
    await kept.commit();
    const dropped = await client.beginTransaction();
    await dropped.create(new RecordId('note', 'dropped'));
    await dropped.cancel();
    expect(await client.query('SELECT VALUE record::id(id) FROM note')).toEqual([['kept']]);

    const raw = await RawClient.connect(url);
    await raw.call('signin', credentials);
    await raw.call('use', [names.namespace, names.database]);
    const { result: txn } = await raw.call('begin');
    const answers = await Promise.all([
      raw.call('query', ['CREATE note:a SET n = 1'], { id: 'create', txn }),
      raw.call('query', ['UPDATE note:a SET n += 1'], { id: 'update', txn }),
      raw.call('commit', [txn], { id: 'commit' }),
      raw.call('query', ['RETURN 1'], { id: 'late', txn }),
    ]);
    // The last request may be refused before the commit is answered.
    expect(answers.filter((answer) => 'error' in answer)).toMatchObject([{ id: 'late' }]);
    expect(await client.query('SELECT VALUE n FROM ONLY note:a')).toEqual([2]);
  });

  it('receive every change in order, on the connection that asked', async () => {
    const { url } = await startTestServer();
    const writer = await connectRoot(url);
    const reader = await connectRoot(url, { websocketImpl: OneEventPerTickWebSocket });
    await writer.query('DEFINE TABLE note');
    const live = await reader.live(new Table('note'));
    const received: unknown[] = [];
    live.subscribe(({ action, value }) => received.push([action, (value as { n: number }).n]));
    const [unmanaged] = await reader.query<[Uuid]>('LIVE SELECT n FROM note; RETURN 1');
    const also: unknown[] = [];
    (await reader.liveOf(unmanaged)).subscribe(({ value }) => also.push((value as { n: number }).n));

    await writer.query('CREATE note:1 SET n = 0');
    for (let n = 1; n <= 200; n += 1) await writer.query('UPDATE note:1 SET n = $n', { n });
    await writer.query('DELETE note:1');
    await vi.waitFor(() => expect(received).toHaveLength(202), 20_000);
    expect(received[0]).toEqual(['CREATE', 0]);
    expect(received.slice(1, -1)).toEqual(Array.from({ length: 200 }, (_, index) => ['UPDATE', index + 1]));
    expect(received.at(-1)).toEqual(['DELETE', 200]);
    await vi.waitFor(() => expect(also).toHaveLength(202), 20_000);

    await live.kill();
    await writer.query('CREATE note:2 SET n = 1');
    await vi.waitFor(() => expect(also).toHaveLength(203), 20_000);
    expect(received).toHaveLength(202);
  });
});
