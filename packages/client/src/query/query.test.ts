import { CONDITIONS_MAX, FRAME_MAX_BYTES, IN_MAX, NESTING_MAX, NODES_MAX, type WirePlan } from '@spookify/gateway/wire';
import { describe, expect, it } from 'vitest';
import { all, any, ClientError, DateTime, not, RecordId } from '../index.ts';
import { schema, type Tables } from '../testing/schema.ts';
import { startQuery } from './query.ts';

const from = <Name extends keyof Tables & string>(table: Name) => startQuery<Tables, Name>(schema, table);
const id = new RecordId('thread', 'abc');
const wireId = { $r: ['thread', 'abc'] };

const byText = (left: unknown, right: unknown): number => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1);

function failureOf(attempt: () => unknown): ClientError {
  try {
    attempt();
  } catch (error) {
    if (error instanceof ClientError) return error;
    throw error;
  }
  throw new Error('It should have failed.');
}

describe('a query', () => {
  it('is a plan with everything that was requested, and values as data', () => {
    const query = from('thread')
      .where({ title: { contains: "'; REMOVE TABLE thread; --" }, id })
      .select('title')
      .orderBy('created_at', 'desc')
      .limit(10)
      .offset(20)
      .build();
    expect(query.plan).toEqual({
      table: 'thread',
      select: ['title'],
      where: {
        all: [
          { field: 'id', is: 'eq', value: wireId },
          { field: 'title', is: 'contains', value: "'; REMOVE TABLE thread; --" },
        ],
      },
      orderBy: [
        { field: 'created_at', descending: true },
        { field: 'id', descending: true },
      ],
      limit: 10,
      offset: 20,
    } satisfies WirePlan);
  });

  it('nests relations with their own parts', () => {
    const query = from('thread')
      .related('jobs', (jobs) => jobs.where({ path: '/spookify' }).orderBy('created_at', 'desc').limit(1))
      .related('author', (author) => author.select('username').one())
      .one()
      .build();
    expect(query.plan).toEqual({
      table: 'thread',
      single: true,
      related: [
        { name: 'author', many: false, field: 'author', plan: { table: 'user', select: ['username'] } },
        {
          name: 'jobs',
          many: true,
          field: 'assigned_to',
          plan: {
            table: 'job',
            where: { field: 'path', is: 'eq', value: '/spookify' },
            orderBy: [
              { field: 'created_at', descending: true },
              { field: 'id', descending: true },
            ],
            limit: 1,
          },
        },
      ],
    } satisfies WirePlan);
  });

  it('accepts groups of conditions, beside and inside each other', () => {
    const { plan } = from('thread')
      .where(any({ title: 'x' }, { content: 'y', author: 'user:ada' }), not({ title: 'z' }))
      .where(all(any({ title: 'p' }, not({ title: 'q' }, { content: 'r' }))))
      .build();
    const eq = (field: string, value: string) => ({ field, is: 'eq', value });
    const author = { field: 'author', is: 'eq', value: { $r: ['user', 'ada'] } };
    expect(plan.where).toEqual({
      all: [
        { any: [{ all: [author, eq('content', 'y')] }, eq('title', 'x')] },
        { any: [eq('title', 'p'), { not: { all: [eq('content', 'r'), eq('title', 'q')] } }] },
        { not: eq('title', 'z') },
      ],
    });
  });

  it('accepts absent values and operators in groups at any depth', () => {
    const { plan } = from('job')
      .where(
        any({ assigned_to: undefined }, not(all({ request: { ne: undefined } }, any({ retries: { gt: 1, lt: 5 } })))),
      )
      .build();
    const retries = [
      { field: 'retries', is: 'gt', value: 1 },
      { field: 'retries', is: 'lt', value: 5 },
    ];
    expect(plan.where).toEqual({
      any: [
        { field: 'assigned_to', is: 'eq', value: { $none: 1 } },
        { not: { all: [{ all: retries }, { field: 'request', is: 'ne', value: { $none: 1 } }] } },
      ],
    });
  });

  it('accepts record ids as text in fields of record type, and keeps text in other fields', () => {
    const where = (conditions: object) => from('job').where(conditions).build().plan.where;
    expect(where({ id: 'job:1' })).toEqual({ field: 'id', is: 'eq', value: { $r: ['job', 1] } });
    expect(where({ id: { in: ['job:⟨1⟩', new RecordId('job', 'b')] } })).toEqual({
      field: 'id',
      is: 'in',
      value: [{ $r: ['job', '1'] }, { $r: ['job', 'b'] }],
    });
    expect(where({ assigned_to: { ne: 'thread:abc' } })).toEqual({ field: 'assigned_to', is: 'ne', value: wireId });
    expect(where({ path: 'thread:abc' })).toEqual({ field: 'path', is: 'eq', value: 'thread:abc' });
    expect(where({ assigned_to: undefined })).toEqual({ field: 'assigned_to', is: 'eq', value: { $none: 1 } });
  });

  it('has equal keys for equal queries, in whatever order they were built', () => {
    const left = from('thread')
      .where({ title: 'x' })
      .where({ content: 'y' })
      .where(any({ title: 'a' }, { title: 'b' }))
      .where({ author: { in: ['user:a', 'user:b'] } })
      .select('title', 'content')
      .related('jobs')
      .related('comments');
    const right = from('thread')
      .related('comments')
      .related('jobs')
      .select('content', 'title', 'id')
      .where(any({ title: 'b' }, { title: 'a' }, { title: 'b' }))
      .where({ author: { in: [new RecordId('user', 'b'), 'user:a'] } })
      .where(all({ content: 'y', title: 'x' }));
    expect(left.build().key).toBe(right.build().key);
  });

  it('has different keys for different values, even of types that print alike', () => {
    const keys = [
      from('job').where({ path: 'x' }),
      from('job').where({ path: 'y' }),
      from('job').where({ retries: 1 }),
      from('job').where({ path: '1' }),
      from('job').where({ path: { ne: 'x' } }),
      from('job').where(not({ path: 'x' })),
      from('job').where({ path: 'x', retries: 1 }),
      from('job').where(any({ path: 'x' }, { retries: 1 })),
      from('job').where({ id: 'job:1' }),
      from('job').where({ id: 'job:⟨1⟩' }),
      from('job').limit(1),
      from('job').limit(2),
      from('job').one(),
    ].map((query) => query.build().key);
    // limit(1) and one() read the same row, but return a list and a row.
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('has the same subject as queries that differ only in limit and offset', () => {
    const list = (limit: number, path: string) =>
      from('thread')
        .related('jobs', (jobs) => jobs.where({ path }).limit(limit))
        .limit(limit)
        .build();
    expect(list(1, '/x').subject).toBe(list(2, '/x').subject);
    expect(list(1, '/x').key).not.toBe(list(2, '/x').key);
    expect(list(1, '/x').subject).not.toBe(list(1, '/y').subject);
    expect(list(1, '/x').subject).not.toBe(from('thread').build().subject);
  });

  it('after a row compares the ordered fields and then the id', () => {
    const at = new DateTime('2026-01-01T00:00:00.000000001Z');
    const row = { id: new RecordId('job', 'a'), retries: 2, run_at: at, request: undefined, path: '/unused' };
    const { plan } = from('job').orderBy('request').orderBy('run_at', 'desc').after(row).build();
    const none = { field: 'request', is: 'eq', value: { $none: 1 } };
    const time = { field: 'run_at', is: 'eq', value: { $t: '2026-01-01T00:00:00.000000001Z' } };
    expect(plan.where).toEqual({
      any: [
        { all: [{ field: 'id', is: 'lt', value: { $r: ['job', 'a'] } }, none, time].sort(byText) },
        { all: [none, { ...time, is: 'lt' }] },
        { ...none, is: 'gt' },
      ],
    });
  });

  it('up to a row is not after it, and names the range of the first field', () => {
    const [first, last] = [
      { id: 'job:a', retries: 9 },
      { id: 'job:b', retries: 5 },
    ] as const;
    const { plan } = from('job').orderBy('retries', 'desc').after(first).until(last).build();
    const following = (id: string, value: number) => ({
      any: [
        {
          all: [
            { field: 'id', is: 'lt', value: { $r: ['job', id] } },
            { field: 'retries', is: 'eq', value },
          ],
        },
        { field: 'retries', is: 'lt', value },
      ],
    });
    expect(plan.where).toEqual({
      all: [
        following('a', 9),
        { field: 'retries', is: 'gte', value: 5 },
        { field: 'retries', is: 'lte', value: 9 },
        { not: following('b', 5) },
      ],
    });
  });

  it('after a row is ordered by id if it is not ordered otherwise', () => {
    expect(from('thread').after({ id: 'thread:abc' }).build().plan).toEqual({
      table: 'thread',
      where: { field: 'id', is: 'gt', value: wireId },
    });
    const byId = from('thread').orderBy('id', 'desc').orderBy('title').until({ id, title: 'x' }).build();
    expect(byId.plan.where).toEqual({ not: { field: 'id', is: 'lt', value: wireId } });
  });

  it('keeps the values of a row that changes later', () => {
    const row = { id, title: 'before' };
    const query = from('thread').orderBy('title').after(row);
    row.title = 'later';
    expect(JSON.stringify(query.build().plan)).not.toContain('later');
  });

  it('counts rows, also those of a relation', () => {
    expect(from('thread').where({ title: 'x' }).count().build().plan).toEqual({
      table: 'thread',
      where: { field: 'title', is: 'eq', value: 'x' },
      count: true,
    });
    const { plan } = from('thread')
      .related('comments', (comments) => comments.where({ author: 'user:ada' }).count())
      .build();
    const author = { field: 'author', is: 'eq', value: { $r: ['user', 'ada'] } };
    const counted = { table: 'comment', where: author, count: true };
    expect(plan.related).toEqual([{ name: 'comments', many: true, field: 'thread', plan: counted }]);
  });

  it('does not change its builder', () => {
    const base = from('thread').where({ title: 'x' });
    const before = base.build().key;
    base.limit(1).related('jobs').orderBy('title');
    expect(base.build().key).toBe(before);
  });
});

describe('an invalid query', () => {
  const deep = (levels: number): object => (levels === 0 ? { title: 'x' } : not(deep(levels - 1) as never));
  const texts = (count: number): string[] => Array.from({ length: count }, (_, n) => `${n}`);
  const nested = (levels: number): unknown =>
    Array.from({ length: levels }).reduce<(query: never) => never>(
      (inner, _, at) => (query: { related: (name: string, refine: unknown) => never }) =>
        query.related(at % 2 === levels % 2 ? 'comments' : 'thread', inner),
      (query) => query,
    );

  it.each([
    ['SPOOKY_CLIENT_UNKNOWN_TABLE', () => startQuery(schema, 'threads' as never)],
    ['SPOOKY_CLIENT_UNKNOWN_TABLE', () => startQuery(schema, 'constructor' as never)],
    ['SPOOKY_CLIENT_UNKNOWN_FIELD', () => from('thread').where({ titel: 'x' } as never)],
    ['SPOOKY_CLIENT_UNKNOWN_FIELD', () => from('thread').where(any({ titel: 'x' } as never))],
    ['SPOOKY_CLIENT_UNKNOWN_FIELD', () => from('thread').select('title, password' as never)],
    ['SPOOKY_CLIENT_UNKNOWN_FIELD', () => from('thread').orderBy('x; DELETE thread' as never)],
    ['SPOOKY_CLIENT_UNKNOWN_RELATION', () => from('thread').related('job' as never)],
    ['SPOOKY_CLIENT_INVALID_QUERY', () => from('thread').where({ title: { like: 'x' } } as never)],
    ['SPOOKY_CLIENT_INVALID_QUERY', () => from('thread').where({ title: { constructor: 'x' } } as never)],
    ['SPOOKY_CLIENT_INVALID_QUERY', () => from('thread').where({ title: { in: 'x' } } as never)],
    ['SPOOKY_CLIENT_INVALID_QUERY', () => from('thread').where({ title: () => 'x' } as never)],
    ['SPOOKY_CLIENT_INVALID_QUERY', () => from('thread').where('title = 1' as never)],
    ['SPOOKY_CLIENT_INVALID_QUERY', () => from('thread').where(any())],
    ['SPOOKY_CLIENT_INVALID_QUERY', () => from('thread').where(not({}))],
    ['SPOOKY_CLIENT_INVALID_QUERY', () => from('thread').where({ id: 'abc' } as never)],
    ['SPOOKY_CLIENT_INVALID_QUERY', () => from('thread').where({ id: undefined } as never)],
    ['SPOOKY_CLIENT_INVALID_QUERY', () => from('thread').where({ id: 'job:abc' } as never)],
    ['SPOOKY_CLIENT_INVALID_QUERY', () => from('thread').where({ id: { in: ['thread:a', 'job:b'] } } as never)],
    ['SPOOKY_CLIENT_INVALID_QUERY', () => from('thread').where({ id: new RecordId('job', 'abc') } as never)],
    ['SPOOKY_CLIENT_INVALID_QUERY', () => from('comment').where({ thread: 'a-b' } as never)],
    ['SPOOKY_CLIENT_INVALID_QUERY', () => from('thread').limit(-1)],
    ['SPOOKY_CLIENT_INVALID_QUERY', () => from('thread').offset(1.5)],
    ['SPOOKY_CLIENT_INVALID_QUERY', () => from('thread').related('author', (author) => author.limit(1))],
    ['SPOOKY_CLIENT_INVALID_QUERY', () => from('thread').related('author', (author) => author.after({ id: 'user:a' }))],
    ['SPOOKY_CLIENT_INVALID_QUERY', () => from('thread').related('author' as never, (author) => author.count())],
    ['SPOOKY_CLIENT_INVALID_QUERY', () => from('thread').related('comments', () => undefined as never)],
    ['SPOOKY_CLIENT_INVALID_QUERY', () => from('thread').select('title').count()],
    ['SPOOKY_CLIENT_INVALID_QUERY', () => from('thread').orderBy('title').count()],
    ['SPOOKY_CLIENT_INVALID_QUERY', () => from('thread').limit(1).count()],
    ['SPOOKY_CLIENT_INVALID_QUERY', () => from('thread').offset(0).count()],
    ['SPOOKY_CLIENT_INVALID_QUERY', () => from('thread').one().count()],
    ['SPOOKY_CLIENT_INVALID_QUERY', () => from('thread').related('jobs').count()],
    ['SPOOKY_CLIENT_INVALID_QUERY', () => from('thread').after(null as never)],
    ['SPOOKY_CLIENT_INVALID_QUERY', () => from('job').select('path').orderBy('request').until({ id: 'job:a' }).build()],
    [
      'SPOOKY_CLIENT_INVALID_QUERY',
      () =>
        from('thread')
          .after({ id: 'job:a' } as never)
          .build(),
    ],
    [
      'SPOOKY_CLIENT_INVALID_QUERY',
      () =>
        from('thread')
          .after({} as never)
          .build(),
    ],
    ['SPOOKY_CLIENT_INVALID_QUERY', () => from('thread').after({ id }).orderBy('title')],
    [
      'SPOOKY_CLIENT_INVALID_QUERY',
      () => from('thread').orderBy('author').after({ id, author: 'user:ada' }).related('author').build(),
    ],
    [
      'SPOOKY_CLIENT_LIMIT',
      () =>
        from('thread')
          .where({ title: { in: texts(IN_MAX + 1) } })
          .build(),
    ],
    [
      'SPOOKY_CLIENT_LIMIT',
      () =>
        from('thread')
          .where({ title: { in: texts(IN_MAX / 2) }, content: { in: texts(IN_MAX / 2 + 1) } })
          .build(),
    ],
    [
      'SPOOKY_CLIENT_LIMIT',
      () =>
        from('thread')
          .where(any(...Array.from({ length: 10_000 }, (_, n) => ({ title: `${n}` }))))
          .build(),
    ],
    ['SPOOKY_CLIENT_LIMIT', () => from('thread').where(deep(1_000)).build()],
    [
      'SPOOKY_CLIENT_LIMIT',
      () =>
        from('thread')
          .related('comments', nested(NESTING_MAX) as never)
          .build(),
    ],
    [
      'SPOOKY_CLIENT_TOO_LARGE',
      () =>
        from('thread')
          .where({ title: 'x'.repeat(FRAME_MAX_BYTES) })
          .build(),
    ],
  ])('is a %s', (code, attempt) => {
    expect(failureOf(attempt).code).toBe(code);
  });

  it('reports the limit', () => {
    // The group counts as a condition too.
    const many = texts(CONDITIONS_MAX).map((title) => ({ title }));
    expect(
      failureOf(() =>
        from('thread')
          .where(any(...many))
          .build(),
      ).message,
    ).toContain(`at most ${CONDITIONS_MAX}`);
    expect(() =>
      from('thread')
        .where(any(...many.slice(1)))
        .build(),
    ).not.toThrow();
    expect(failureOf(() => from('thread').where(deep(NESTING_MAX)).build()).message).toContain(
      `at most ${NESTING_MAX}`,
    );
    expect(() =>
      from('thread')
        .where(deep(NESTING_MAX - 1))
        .build(),
    ).not.toThrow();
    expect(NODES_MAX).toBeGreaterThan(NESTING_MAX);
  });
});
