import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { Link } from './link.ts';
import { startDatabase, type TestDatabase } from './testing/database.ts';
import { eventually } from './testing/eventually.ts';
import { People, record } from './testing/people.ts';

let database: TestDatabase;
const people = new People(() => database);
beforeAll(async () => {
  database = await startDatabase();
});
afterEach(() => {
  people.close();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});
afterAll(() => database.close());

/** How many LIVE queries stand on a table, of all clients. */
async function livesOn(table: string): Promise<number> {
  const [info] = await database.query<[{ lives: Record<string, string> }]>(`INFO FOR TABLE ${table}`);
  return Object.keys(info.lives).length;
}

/** The statements that clients send from now on. */
function statements(): string[] {
  const sent: string[] = [];
  const query = Link.prototype.query;
  vi.spyOn(Link.prototype, 'query').mockImplementation(function (this: Link, text, bindings) {
    sent.push(text);
    return query.call(this, text, bindings);
  });
  return sent;
}

describe('several changes at once', () => {
  it('tells each query of its own, however close together they come', async () => {
    const db = await people.newcomer();
    const threads = await Promise.all([1, 2, 3].map((n) => db.create('thread', { title: `${n}`, content: 'before' })));
    const watched = threads.map(({ id }) => record(db, db.query('thread').where({ id }).build()));
    await eventually(() => expect(watched.every(({ last }) => last.kind === 'ready')).toBe(true));
    for (let round = 1; round <= 50; round += 1) {
      const content = `round ${round}`;
      await database.query('UPDATE $ids SET content = $content', { ids: threads.map(({ id }) => id), content });
      await eventually(() => {
        for (const { last } of watched) expect(last.data).toMatchObject([{ content }]);
      });
    }
  });
});

describe('sharing', () => {
  it('keeps one LIVE per table for all queries, and none when nobody watches', async () => {
    const db = await people.newcomer();
    await eventually(async () => expect(await livesOn('thread')).toBe(0));
    const list = record(db, db.query('thread').limit(5).build());
    const again = record(db, db.query('thread').limit(5).build());
    const other = record(db, db.query('thread').related('comments').limit(7).build());
    await eventually(() =>
      expect([list, again, other].map(({ last }) => last.kind)).toEqual(['ready', 'ready', 'ready']),
    );
    expect(await livesOn('thread')).toBe(1);
    expect(await livesOn('comment')).toBe(1);
    expect(again.last.data).toBe(list.last.data);

    other.watch();
    await eventually(async () => expect(await livesOn('comment')).toBe(0));
    expect(await livesOn('thread')).toBe(1);
    list.watch();
    again.watch();
    again.watch();
    await eventually(async () => expect(await livesOn('thread')).toBe(0));
  });

  it('reads an equal query once, and gives a late watcher what is known at once', async () => {
    const db = await people.newcomer();
    const sent = statements();
    const first = record(db, db.query('thread').limit(3).build());
    const second = record(db, db.query('thread').limit(3).build());
    await eventually(() => expect(second.last.kind).toBe('ready'));
    first.watch();
    second.watch();
    const late = record(db, db.query('thread').limit(3).build());
    expect(late.kinds).toEqual(['ready']);
    expect(sent.filter((text) => text.startsWith('SELECT'))).toHaveLength(1);
    expect(sent.filter((text) => text.startsWith('LIVE'))).toHaveLength(1);
  });

  it('survives a listener that throws and one that stops itself', async () => {
    const db = await people.newcomer();
    const reported = vi.fn();
    vi.stubGlobal('reportError', reported);
    db.watch(db.query('thread').build(), () => {
      throw new Error('a bug in a page');
    });
    const stop = db.watch(db.query('thread').build(), ({ kind }) => kind === 'ready' && stop());
    const healthy = record(db, db.query('thread').build());
    await eventually(() => expect(healthy.last.kind).toBe('ready'));
    expect(reported).toHaveBeenCalledWith(expect.objectContaining({ message: 'a bug in a page' }));
  });
});

describe('reading', () => {
  it('listens before it reads, so nothing between the two is missed', async () => {
    const db = await people.newcomer();
    const sent = statements();
    const seen = record(db, db.query('thread').related('jobs').related('author').limit(1).build());
    await eventually(() => expect(seen.last.kind).toBe('ready'));
    const read = sent.findIndex((text) => text.startsWith('SELECT'));
    expect(sent.slice(0, read).filter((text) => text.startsWith('LIVE'))).toHaveLength(3);
  });

  it('answers a burst of changes with one read under way and one more', async () => {
    const db = await people.newcomer();
    const { id } = await db.create('thread', { title: '0', content: 'x' });
    const { id: after } = await db.create('thread', { title: 'before', content: 'x' });
    const query = db.query('thread').where({ id }).build();
    const seen = record(db, query);
    // Reads again for nothing but a change that is told after those of the burst.
    const arrived = record(db, db.query('thread').where({ id: after }).one().build());
    await eventually(() => expect([seen.last.kind, arrived.last.kind]).toEqual(['ready', 'ready']));

    // Reads wait at a gate, so that the whole burst falls into the first of them.
    const gate = Promise.withResolvers<void>();
    let reads = 0;
    const send = Link.prototype.query;
    vi.spyOn(Link.prototype, 'query').mockImplementation(async function (this: Link, text, bindings) {
      if (text !== query.text) return send.call(this, text, bindings);
      reads += 1;
      const result = await send.call(this, text, bindings);
      await gate.promise;
      return result;
    });
    for (let n = 1; n <= 50; n += 1) await db.update(id, { title: String(n) });
    await db.update(after, { title: 'after' });
    await eventually(() => expect(arrived.last.data?.title).toBe('after'));
    expect(reads).toBe(1);
    gate.resolve();
    await eventually(() => expect(seen.last.data?.[0]?.title).toBe('50'));
    expect(reads).toBe(2);
  });

  it('does not read again for rows that cannot matter', async () => {
    const ada = await people.newcomer();
    const mine = await ada.create('thread', { title: 'mine', content: 'x' });
    const other = await ada.create('thread', { title: 'other', content: 'x' });
    const seen = record(ada, ada.query('thread').where({ id: mine.id }).related('jobs').one().build());
    const witness = record(ada, ada.query('thread').where({ id: other.id }).related('jobs').one().build());
    await eventually(() => expect([seen.last.kind, witness.last.kind]).toEqual(['ready', 'ready']));
    const sent = statements();
    await ada.update(other.id, { title: 'changed' });
    await ada.run('api', '/spookify', { id: other.id }, { assignedTo: other.id });
    await eventually(() =>
      expect(witness.last.data).toMatchObject({ title: 'changed', jobs: [{ status: 'pending' }] }),
    );
    const reads = sent.filter((text) => text.startsWith('SELECT'));
    // Both queries have the same text; at most one read per change is the witness's alone.
    expect(reads.length).toBeLessThanOrEqual(2);
    expect(seen.states).toHaveLength(2);
  });

  it('fails visibly, keeps its data, and works again after retry', async () => {
    const db = await people.newcomer();
    const query = db.query('thread').limit(2).build();
    const seen = record(db, query);
    await eventually(() => expect(seen.last.kind).toBe('ready'));
    const { data } = seen.last;
    const send = Link.prototype.query;
    const spy = vi.spyOn(Link.prototype, 'query').mockImplementation(function (this: Link, text, bindings) {
      return send.call(this, text === query.text ? 'THROW "broken"' : text, bindings);
    });
    seen.watch.retry();
    await eventually(() => expect(seen.last).toMatchObject({ kind: 'failed', error: { reason: 'broken' }, data }));
    spy.mockRestore();
    seen.watch.retry();
    await eventually(() => expect(seen.last.kind).toBe('ready'));
  });
});
