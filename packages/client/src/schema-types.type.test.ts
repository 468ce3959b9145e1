import { describe, expectTypeOf, it } from 'vitest';
import {
  all,
  any,
  type Client,
  type CountQuery,
  type DateTime,
  type Job,
  type JobId,
  type JobState,
  not,
  type Query,
  type QueryResult,
  type RecordId,
  type Write,
  watchPages,
} from './index.ts';
import type { Backends, Tables } from './testing/schema.ts';

declare const db: Client<Tables, Backends>;
declare const thread: RecordId<'thread'>;
declare const job: RecordId<'job'>;
declare const suggestion: RecordId<'suggestion'>;
declare const at: DateTime;

/** Only the compiler checks these (`npm run types`). The functions are never called. */
describe('types from the schema', () => {
  it('contain the selected fields and relations', () => {
    const check = () => {
      const query = db
        .query('thread')
        .where({ id: thread })
        .select('title', 'created_at')
        .related('jobs', (jobs) => jobs.where({ path: '/spookify' }).orderBy('created_at', 'desc').limit(1))
        .related('author', (author) => author.select('username'))
        .related('comments', (comments) => comments.select('content').related('author'))
        .one()
        .build();
      type Result = QueryResult<typeof query>;
      type Thread = NonNullable<Result>;
      expectTypeOf<null extends Result ? true : false>().toEqualTypeOf<true>();
      expectTypeOf<Thread['title']>().toEqualTypeOf<string>();
      expectTypeOf<Thread['created_at']>().toEqualTypeOf<DateTime>();
      expectTypeOf<Thread['jobs']>().toEqualTypeOf<Tables['job']['row'][]>();
      expectTypeOf<Thread['author']>().toEqualTypeOf<{ id: RecordId<'user'>; username: string } | null>();
      expectTypeOf<NonNullable<Thread['comments'][number]['author']>['username']>().toEqualTypeOf<string>();
      // @ts-expect-error content was not selected
      type _ = Thread['content'];
      db.watch(query, (state) => expectTypeOf(state.data).toEqualTypeOf<Result | undefined>());
    };
    expectTypeOf(check).toBeFunction();
  });

  it('are lists without one()', () => {
    const check = () => {
      const query = db.query('thread').orderBy('created_at', 'desc').limit(10).build();
      expectTypeOf<QueryResult<typeof query>>().toEqualTypeOf<Tables['thread']['row'][]>();
    };
    expectTypeOf(check).toBeFunction();
  });

  it('accept record ids as text, and groups of conditions', () => {
    const check = async (text: `thread:${string}`) => {
      db.query('thread').where({ id: 'thread:abc' });
      db.query('thread').where({ id: text });
      db.query('thread').where({ id: { in: ['thread:abc', thread] } });
      db.query('comment').where({ thread: 'thread:abc', author: { ne: 'user:ada' } });
      db.query('job').where({ assigned_to: 'thread:abc' });
      db.query('job').where({ assigned_to: undefined });
      db.query('thread').where(any({ title: 'x' }, { author: 'user:ada' }), not({ content: 'y' }));
      db.query('thread').where(any(all({ title: { gt: 'x' } }, not({ title: 'y' })), { author: 'user:ada' }));
      await db.create('comment', { thread: 'thread:abc', content: 'x' });
      await db.create('comment', { id: 'comment:mine', thread, content: 'x' });
      await db.delete('thread:abc');
      await db.run('api', '/spookify', { id: 'thread:abc' }, { assignedTo: 'thread:abc' });
      type Thread = Tables['thread']['row'];
      const wait = { optimistic: false } as const;
      expectTypeOf(await db.update('thread:abc', { title: 'x' })).toEqualTypeOf<Write<Thread>>();
      expectTypeOf((await db.update('thread:abc', { title: 'x' })).id).toEqualTypeOf<RecordId<'thread'>>();
      expectTypeOf((await db.update('thread:abc', { title: 'x' })).saved).toEqualTypeOf<Promise<Thread | null>>();
      expectTypeOf(await db.update('thread:abc', { title: 'x' }, wait)).toEqualTypeOf<Thread | null>();
      expectTypeOf((await db.delete('thread:abc')).saved).toEqualTypeOf<Promise<null>>();
      expectTypeOf(await db.delete('thread:abc', wait)).toEqualTypeOf<null>();
      await db.update('thread:abc', { title: 'x' }, { base: { title: 'y' } });
      await db.create('thread', { title: 'x', content: 'y' }, { optimistic: { created_at: at } });
      // @ts-expect-error no such field
      await db.create('thread', { title: 'x', content: 'y' }, { optimistic: { created: at } });
      // @ts-expect-error a title is text
      await db.update('thread:abc', { title: 'x' }, { base: { title: 7 } });
    };
    expectTypeOf(check).toBeFunction();
  });

  it('contain numbers for what is counted', () => {
    const check = () => {
      const count = db.query('thread').where({ author: 'user:ada' }).count();
      expectTypeOf(count).toEqualTypeOf<CountQuery>();
      const query = count.build();
      expectTypeOf(query).toEqualTypeOf<Query<number>>();
      expectTypeOf<QueryResult<typeof query>>().toEqualTypeOf<number>();
      db.watch(query, (state) => expectTypeOf(state.data).toEqualTypeOf<number | undefined>());
      const threads = db
        .query('thread')
        .select('title')
        .related('comments', (comments) => comments.where({ author: 'user:ada' }).count())
        .related('jobs', (jobs) => jobs.select('path'))
        .orderBy('created_at')
        .build();
      type Thread = QueryResult<typeof threads>[number];
      expectTypeOf<Thread['comments']>().toEqualTypeOf<number>();
      expectTypeOf<Thread['jobs']>().toEqualTypeOf<{ id: RecordId<'job'>; path: string }[]>();
      // @ts-expect-error a number has no order
      db.query('thread').count().orderBy('title');
      // @ts-expect-error a relation to one is not counted
      db.query('thread').related('author', (author) => author.count());
    };
    expectTypeOf(check).toBeFunction();
  });

  it('require the ordered fields and the id of a cursor', () => {
    const check = (row: Tables['thread']['row'], job: Tables['job']['row']) => {
      db.query('thread').orderBy('created_at', 'desc').after(row).until({ id: 'thread:a', created_at: row.created_at });
      db.query('thread').after({ id: thread });
      db.query('thread').orderBy('author').after({ id: thread, author: 'user:ada' }).until(row);
      db.query('job').orderBy('request').after(job).after({ id: 'job:a', request: undefined });
      db.query('thread').related('comments', (comments) =>
        comments.orderBy('content').after({ id: 'comment:a', content: 'x' }),
      );
      // @ts-expect-error the query is ordered by created_at
      db.query('thread').orderBy('created_at').after({ id: thread });
      // @ts-expect-error the id decides last
      db.query('thread').orderBy('title').after({ title: 'x' });
      // @ts-expect-error a title is text
      db.query('thread').orderBy('title').until({ id: thread, title: 1 });
      // @ts-expect-error the id of another table
      db.query('thread').until({ id: 'job:a' });
      // @ts-expect-error the rows of this query have no created_at
      watchPages(db, db.query('thread').select('title').orderBy('created_at'), 10, () => undefined);
      // @ts-expect-error the size of a page divides the rows, not a limit of them or one of them
      watchPages(db, db.query('thread').orderBy('created_at').one(), 10, () => undefined);
      watchPages(db, db.query('thread').related('author').orderBy('created_at'), 10, ({ rows }) =>
        expectTypeOf(rows?.[0]?.author?.username).toEqualTypeOf<string | undefined>(),
      );
    };
    expectTypeOf(check).toBeFunction();
  });

  it('refuse ids of other tables, invalid texts, and unsuitable operators', () => {
    const check = async (text: string) => {
      // @ts-expect-error any text is no id
      db.query('thread').where({ id: text });
      // @ts-expect-error the id of another table
      db.query('thread').where({ id: 'job:abc' });
      // @ts-expect-error the id of another table
      db.query('thread').where({ id: { in: ['job:abc'] } });
      // @ts-expect-error the id of another table
      db.query('comment').where({ thread: 'user:ada' });
      // @ts-expect-error a number contains nothing
      db.query('job').where({ retries: { contains: 1 } });
      // @ts-expect-error a number is not greater than a text
      db.query('job').where({ retries: { gt: '1' } });
      // @ts-expect-error in takes a list
      db.query('job').where({ retries: { in: 1 } });
      // @ts-expect-error no such status
      db.query('job').where({ status: 'done' });
      // @ts-expect-error no such field in a group
      db.query('thread').where(any({ titel: 'x' }));
      // @ts-expect-error a title is text, also in a group
      db.query('thread').where(not({ title: 1 }));
      // @ts-expect-error a title is text, at any depth
      db.query('thread').where(any({ title: 'x' }, all({ content: 'y' }, not({ title: { in: [1] } }))));
      // @ts-expect-error no such operator in a group
      db.query('thread').where(any({ title: { like: 'x' } }));
      // @ts-expect-error the id of another table in a group
      db.query('comment').where(any({ thread: 'user:ada' }, { content: 'x' }));
      // @ts-expect-error a group for another table
      db.query('thread').where(any<Tables['user']['row']>({ username: 'ada' }));
      // @ts-expect-error no such field in the group of a relation
      db.query('thread').related('jobs', (jobs) => jobs.where(not({ title: 'x' })));
      const mine = any<Tables['thread']['row']>({ author: 'user:ada' }, { title: { contains: 'x' } });
      db.query('thread').where(mine, { content: 'y' });
      // @ts-expect-error no conditions
      db.query('thread').where();
      // @ts-expect-error the id of another table
      await db.create('comment', { thread: 'user:ada', content: 'x' });
      // @ts-expect-error the id of another table
      await db.create('comment', { id: 'thread:a', thread, content: 'x' });
      // @ts-expect-error no such table
      await db.delete('threads:abc');
      // @ts-expect-error no such field
      await db.update('thread:abc', { titel: 'x' });
      // @ts-expect-error a suggestion is the backend's to make
      await db.create('suggestion', { thread });
      // @ts-expect-error any text is no id
      await db.run('api', '/spookify', { id: thread }, { assignedTo: text });
    };
    expectTypeOf(check).toBeFunction();
  });

  it('refuse what the schema does not have', () => {
    const check = async () => {
      // @ts-expect-error no such table
      db.query('threads');
      // @ts-expect-error no such field
      db.query('thread').where({ titel: 'x' });
      // @ts-expect-error a title is text
      db.query('thread').where({ title: 1 });
      // @ts-expect-error no such operator
      db.query('thread').where({ title: { like: 'x' } });
      // @ts-expect-error no such field
      db.query('thread').select('titel');
      // @ts-expect-error no such field
      db.query('thread').orderBy('titel');
      // @ts-expect-error no such relation
      db.query('thread').related('job');
      // @ts-expect-error no such field of the related table
      db.query('thread').related('jobs', (jobs) => jobs.where({ title: 'x' }));
      // @ts-expect-error the id of another table
      db.query('thread').where({ id: job });
      // @ts-expect-error no such backend
      await db.run('web', '/spookify', { id: thread });
      // @ts-expect-error no such route
      await db.run('api', '/haunt', { id: thread });
      // @ts-expect-error the payload lacks its id
      await db.run('api', '/spookify', {});
      // @ts-expect-error the payload's id is text or a record
      await db.run('api', '/spookify', { id: 1 });
      // @ts-expect-error no such strategy
      await db.run('api', '/spookify', { id: thread }, { retry_strategy: 'random' });
      // @ts-expect-error a unique key is text
      await db.run('api', '/spookify', { id: thread }, { uniqueKey: thread });
      // @ts-expect-error a misspelt option
      await db.run('api', '/spookify', { id: thread }, { unique_key: 'a' });
      // @ts-expect-error content is required
      await db.create('thread', { title: 'x' });
      // @ts-expect-error a job's status is the runner's
      await db.update(job, { status: 'success' });
      await db.run('api', '/spookify', { id: thread }, { assignedTo: thread, max_retries: 5, uniqueKey: 'a' });
      await db.update(suggestion, { title: undefined });
      await db.update(job, { request: 'retry' });
      const made = await db.create('thread', { title: 'x', content: 'y' }, { optimistic: false });
      expectTypeOf(made).toEqualTypeOf<Tables['thread']['row'] | null>();
      // @ts-expect-error the record may be gone before the answer comes
      made.title;
    };
    expectTypeOf(check).toBeFunction();
  });

  it('give jobs the results of their routes', () => {
    const check = async (text: `job:${string}`) => {
      type Spookified = Backends['api']['/spookify']['result'];
      const id = await db.run('api', '/spookify', { id: thread });
      expectTypeOf(id).toEqualTypeOf<JobId<Spookified>>();
      expectTypeOf(id).toExtend<RecordId>();
      expectTypeOf(db.job(id)).toEqualTypeOf<Job<Spookified>>();
      expectTypeOf(await db.job(id).ended).toEqualTypeOf<{ writer: string }>();
      expectTypeOf(db.job(text, 'api', '/spookify')).toEqualTypeOf<Job<Spookified>>();
      expectTypeOf(db.job(job, 'api', '/spookify')).toEqualTypeOf<Job<Spookified>>();
      expectTypeOf(await db.job(job).ended).toBeUnknown();
      expectTypeOf(await db.job(text).ended).toBeUnknown();
      const { state } = db.job(id);
      if (state.kind === 'succeeded') expectTypeOf(state.result).toEqualTypeOf<Spookified>();
      if (state.kind === 'failed') expectTypeOf(state.errors[0]?.code).toEqualTypeOf<string | undefined>();
      expectTypeOf(state).toExtend<JobState>();
      await db.cancel(id);
      await db.retry(text);
      // @ts-expect-error a result that has not arrived
      state.result;
      // @ts-expect-error no such field of the result
      (await db.job(id).ended).title;
      // @ts-expect-error no such backend
      db.job(id, 'web', '/spookify');
      // @ts-expect-error no such route
      db.job(id, 'api', '/haunt');
      // @ts-expect-error a route without its backend
      db.job(id, '/spookify');
      // @ts-expect-error no id
      await db.cancel('abc');
    };
    expectTypeOf(check).toBeFunction();
  });
});
