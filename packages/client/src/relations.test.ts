/** To-many relations: their rows, and which users see them. */
import type { RecordId } from 'surrealdb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Query } from './index.ts';
import { eventually } from './testing/eventually.ts';
import { People, record, type TestClient } from './testing/people.ts';
import { startStack, suggest, type TestStack } from './testing/stack.ts';

let stack: TestStack;
let ada: TestClient;
let bob: TestClient;
let threads: RecordId<'thread'>[];
const people = new People(() => stack.url);

beforeAll(async () => {
  stack = await startStack();
  ada = await people.newcomer();
  bob = await people.newcomer();
  threads = [];
  for (const title of ['one', 'two', 'three']) {
    const { id } = await ada.create('thread', { title, content: 'x' });
    threads.push(id);
    await suggest(stack, id, { title: `for Ada: ${title}` });
    for (const content of ['a', 'b', 'c']) await bob.create('comment', { thread: id, content: `${title} ${content}` });
    for (let n = 0; n < 3; n += 1) await ada.run('api', '/spookify', { id }, { assignedTo: id, max_retries: n });
  }
});
afterAll(async () => {
  people.close();
  await stack.close();
});

async function read<Result>(db: TestClient, query: Query<Result>): Promise<Result | undefined> {
  const seen = record(db, query);
  await eventually(() => expect(seen.last).toMatchObject({ kind: 'ready', error: undefined }));
  seen.watch();
  return seen.last.data;
}

const list = (db: TestClient) => db.query('thread').orderBy('created_at');

describe('a to-many relation', () => {
  it('gives each row its related rows, sorted and limited as requested', async () => {
    const query = list(ada)
      .related('comments', (comments) => comments.select('content').orderBy('content', 'desc').limit(1).offset(1))
      .build();
    const rows = await read(ada, query);
    expect(rows?.map(({ title, comments }) => [title, comments.map(({ content }) => content)])).toEqual([
      ['one', ['one b']],
      ['two', ['two b']],
      ['three', ['three b']],
    ]);
  });

  it('applies the limit after the filter, also without an order', async () => {
    const query = list(ada).related('jobs', (jobs) => jobs.where({ max_retries: 2 }).limit(1));
    const rows = await read(ada, query.build());
    expect(rows?.map(({ jobs }) => jobs.map(({ max_retries }) => max_retries))).toEqual([[2], [2], [2]]);
  });

  it('gives one row or null with one()', async () => {
    const query = list(ada)
      .related('jobs', (jobs) => jobs.where({ max_retries: 1 }).one())
      .related('comments', (comments) => comments.where({ content: 'two a' }).one());
    const rows = await read(ada, query.build());
    expect(rows?.map(({ jobs, comments }) => [jobs?.max_retries, comments?.content])).toEqual([
      [1, undefined],
      [1, 'two a'],
      [1, undefined],
    ]);
    expect(rows?.[0]?.comments).toBeNull();
  });

  it('nests in every direction', async () => {
    const query = ada
      .query('comment')
      .where({ content: 'two a' })
      .related('author', (author) => author.select('username'))
      .related('thread', (thread) =>
        thread
          .select('title')
          .related('suggestions', (suggestions) => suggestions.related('thread', (back) => back.related('author')))
          .related('comments', (comments) => comments.orderBy('content').related('author')),
      )
      .one();
    const row = await read(ada, query.build());
    const author = { id: row?.author?.id };
    expect(row).toMatchObject({
      content: 'two a',
      thread: {
        title: 'two',
        suggestions: [{ title: 'for Ada: two', thread: { id: threads[1], author: { id: expect.anything() } } }],
        comments: [
          { content: 'two a', author },
          { content: 'two b', author },
          { content: 'two c', author },
        ],
      },
    });
  });

  it.each([
    ['in a list in order', (db: TestClient) => list(db)],
    ['in a list without order', (db: TestClient) => db.query('thread')],
    ['in a filtered list', (db: TestClient) => db.query('thread').where({ content: 'x' }).limit(5)],
    ['in the newest rows', (db: TestClient) => db.query('thread').orderBy('created_at', 'desc').limit(2)],
  ])('keeps the permissions of its table %s', async (_, of) => {
    const query = (db: TestClient) => of(db).related('jobs').related('suggestions').related('comments').build();
    const mine = await read(ada, query(ada));
    const theirs = await read(bob, query(bob));
    expect(theirs).toHaveLength(mine?.length ?? 0);
    for (const row of mine ?? []) expect([row.jobs.length, row.suggestions.length]).toEqual([3, 1]);
    for (const row of theirs ?? []) expect([row.jobs, row.suggestions, row.comments.length]).toEqual([[], [], 3]);
  });

  it('keeps the permissions of its table inside another relation', async () => {
    // Rows below a to-one relation multiply, so the gateway requires limits.
    const nested = (db: TestClient) =>
      db
        .query('comment')
        .limit(20)
        .related('thread', (thread) =>
          thread.related('jobs', (jobs) => jobs.limit(20)).related('suggestions', (list) => list.limit(20)),
        )
        .build();
    const theirs = await read(bob, nested(bob));
    expect(theirs).toHaveLength(9);
    for (const { thread } of theirs ?? []) expect([thread?.jobs, thread?.suggestions]).toEqual([[], []]);
    expect((await read(ada, nested(ada)))?.[0]?.thread?.jobs).toHaveLength(3);
  });
});

describe('orderBy', () => {
  it('orders equal rows by id, so that pages neither overlap nor skip rows', async () => {
    const page = (offset: number) =>
      read(bob, bob.query('comment').orderBy('author', 'desc').limit(3).offset(offset).build());
    const pages = await Promise.all([0, 3, 6].map(page));
    const ids = pages.flat().map((row) => String(row?.id));
    expect(ids).toEqual(ids.toSorted().reverse());
    expect(new Set(ids).size).toBe(9);
  });
});
