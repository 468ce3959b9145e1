/* Cursors on a real database: whatever the order and the values, they divide the rows as the order does. */
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { DateTime, type RecordId } from '../index.ts';
import { eventually } from '../testing/eventually.ts';
import { People, record, type TestClient } from '../testing/people.ts';
import type { Tables } from '../testing/schema.ts';
import { startStack, type TestStack } from '../testing/stack.ts';

type Job = Tables['job']['row'];

let stack: TestStack;
const people = new People(() => stack.url);
beforeAll(async () => {
  stack = await startStack();
});
afterEach(() => people.close());
afterAll(() => stack.close());

const TIMES = ['00:00:00.999Z', '00:00:01.000Z', '00:00:01.000000001Z', '00:00:01.500Z', '00:00:02.000Z'];
const FIELDS = ['request', 'retries', 'run_at'] as const;

async function write(db: TestClient, jobs: readonly Partial<Job>[]): Promise<void> {
  const user = db.auth.state.kind === 'signed-in' ? db.auth.state.user : undefined;
  await stack.query('FOR $job IN $jobs { CREATE job CONTENT $job }', {
    jobs: jobs.map((job) => ({ path: '/x', created_by: user, ...job })),
  });
}

async function read(db: TestClient, query: { build(): Parameters<typeof record<Job[]>>[1] }): Promise<Job[]> {
  const { states, watch } = record(db, query.build());
  await eventually(() => expect(states.at(-1)?.kind).toBe('ready'));
  watch();
  return states.at(-1)?.data ?? [];
}

const ids = (rows: readonly { id: RecordId }[]): string[] => rows.map(({ id }) => id.toString());

it('divides the rows exactly where the order does', { timeout: 120_000 }, async () => {
  const db = await people.newcomer();
  const requests = ['cancel', 'retry', undefined] as const;
  await write(
    db,
    Array.from({ length: 24 }, (_, n) => ({
      retries: n % 3,
      run_at: new DateTime(`2026-01-01T${TIMES[n % TIMES.length]}`),
      ...(requests[n % 3] && n % 2 === 0 ? { request: requests[n % 3] } : {}),
    })),
  );
  const orders = fc.uniqueArray(fc.tuple(fc.constantFrom(...FIELDS), fc.constantFrom('asc', 'desc')), {
    selector: ([field]) => field,
    maxLength: 3,
  });
  const place = fc.nat(23);
  await fc.assert(
    fc.asyncProperty(orders, place, place, async (order, one, other) => {
      const query = order.reduce<ReturnType<typeof db.query<'job'>>>(
        (builder, [field, direction]) => builder.orderBy(field, direction as 'asc') as never,
        db.query('job'),
      );
      const all = await read(db, query);
      expect(all).toHaveLength(24);
      const [from, to] = [Math.min(one, other), Math.max(one, other)];
      const [start, end] = [all[from], all[to]] as [Job, Job];
      const parts = await Promise.all([
        read(db, query.until(start)),
        read(db, query.after(start).until(end)),
        read(db, query.after(end)),
      ]);
      expect(parts.map(ids)).toEqual([all.slice(0, from + 1), all.slice(from + 1, to + 1), all.slice(to + 1)].map(ids));
    }),
    {
      numRuns: 25,
      examples: FIELDS.flatMap((field) => [
        [[[field, 'desc']], 7, 15],
        [[[field, 'asc']], 7, 15],
      ]) as never,
    },
  );
});

it('keeps its place when its row is gone', async () => {
  const db = await people.newcomer();
  await write(
    db,
    [1, 2, 3].map((retries) => ({ retries })),
  );
  const query = db.query('job').orderBy('retries');
  const [, second, third] = await read(db, query);
  if (second === undefined || third === undefined) return expect.fail();
  await stack.query('DELETE $id', { id: second.id });
  expect(ids(await read(db, query.after(second)))).toEqual([third.id.toString()]);
});

it('counts, live, and per row of a relation', async () => {
  const db = await people.newcomer();
  const { id } = await db.create('thread', { title: 'A house', content: 'x' });
  const comments = record(db, db.query('comment').where({ thread: id }).count().build());
  const threads = record(
    db,
    db
      .query('thread')
      .where({ id })
      .select('title')
      .related('comments', (inner) => inner.count())
      .one()
      .build(),
  );
  const counts = () => [comments.last.data, threads.last.data?.comments];
  await eventually(() => expect(counts()).toEqual([0, 0]));
  const first = await db.create('comment', { thread: id, content: 'one' });
  await db.create('comment', { thread: id, content: 'two' });
  await eventually(() => expect(counts()).toEqual([2, 2]));
  await db.delete(first.id);
  await eventually(() => expect(counts()).toEqual([1, 1]));
  await stack.stopGateway();
  await eventually(() => expect(comments.last.kind).toBe('stale'));
  await stack.query('DELETE comment WHERE thread = $id', { id });
  await stack.startGateway();
  await eventually(() => expect([comments.last.kind, ...counts()]).toEqual(['ready', 0, 0]));
});
