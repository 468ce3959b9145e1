import { describe, expect, it } from 'vitest';
import { ClientError, RecordId } from './index.ts';
import { startQuery } from './query.ts';
import { schema, type Tables } from './testing/schema.ts';

const from = <Name extends keyof Tables & string>(table: Name) => startQuery<Tables, Name>(schema, table);
const id = new RecordId('thread', 'abc');

function codeOf(attempt: () => unknown): string | undefined {
  try {
    attempt();
    return undefined;
  } catch (error) {
    return error instanceof ClientError ? error.code : String(error);
  }
}

describe('compile', () => {
  it('writes everything of a query into one statement, values as bindings only', () => {
    const query = from('thread')
      .where({ title: { contains: "'; REMOVE TABLE thread; --" }, id })
      .select('title')
      .orderBy('created_at', 'desc')
      .limit(10)
      .offset(20)
      .build();
    expect(query.text).toBe(
      'SELECT created_at, id, title FROM thread WHERE id = $b0 AND title CONTAINS $b1 ORDER BY created_at DESC, id DESC LIMIT $n0 START $n1',
    );
    expect(query.bindings).toEqual({ b0: id, b1: "'; REMOVE TABLE thread; --", n0: 10, n1: 20 });
  });

  it('reads to-many relations by the index on their field, to-one relations by their key', () => {
    const query = from('thread')
      .related('jobs', (jobs) => jobs.where({ path: '/spookify' }).orderBy('created_at', 'desc').limit(1))
      .related('author', (author) => author.select('username'))
      .one()
      .build();
    expect(query.text).toBe(
      'SELECT *, (SELECT id, username FROM ONLY $parent.author) ?? NULL AS author, ' +
        '{ LET $id = id; RETURN (SELECT * FROM (SELECT * FROM job WHERE assigned_to = $id) ' +
        'WHERE path = $b0 ORDER BY created_at DESC, id DESC LIMIT $n0) } AS jobs ' +
        'FROM thread LIMIT $n1',
    );
    expect(query.tables.toSorted()).toEqual(['job', 'thread', 'user']);
  });

  it('cuts off outside of a filter, never beside it', () => {
    const query = from('thread')
      .where({ title: 'x' })
      .orderBy('created_at')
      .related('author')
      .limit(5)
      .offset(1)
      .build();
    expect(query.text).toBe(
      'SELECT *, (SELECT * FROM ONLY $parent.author) ?? NULL AS author FROM ' +
        '(SELECT * FROM thread WHERE title = $b0 ORDER BY created_at ASC, id ASC) LIMIT $n0 START $n1',
    );
  });

  it('gives equal keys to equal queries, however they were put together', () => {
    const left = from('thread')
      .where({ title: 'x' })
      .where({ content: 'y' })
      .select('title', 'content')
      .related('jobs');
    const right = from('thread').related('jobs').select('content', 'title').where({ content: 'y', title: 'x' });
    expect(left.build().key).toBe(right.build().key);
  });

  it('gives different keys to different values, also of types that print alike', () => {
    const keys = [
      from('job').where({ path: 'x' }),
      from('job').where({ path: 'y' }),
      from('job').where({ retries: 1 }),
      from('job').where({ path: '1' }),
      from('job').where({ path: { ne: 'x' } }),
      from('job').limit(1),
      from('job').limit(2),
      from('job').one(),
    ].map((query) => query.build().key);
    // limit(1) and one() read the same row, but give a list and a row.
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('gives one subject to queries that differ only in how much they show', () => {
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

  it('leaves the builder it came from as it was', () => {
    const base = from('thread').where({ title: 'x' });
    const before = base.build().key;
    base.limit(1).related('jobs').orderBy('title');
    expect(base.build().key).toBe(before);
  });
});

describe('a query that cannot be', () => {
  it.each([
    ['SPOOKY_CLIENT_UNKNOWN_TABLE', () => startQuery(schema, 'threads' as never)],
    ['SPOOKY_CLIENT_UNKNOWN_TABLE', () => startQuery(schema, 'constructor' as never)],
    ['SPOOKY_CLIENT_UNKNOWN_FIELD', () => from('thread').where({ titel: 'x' } as never)],
    ['SPOOKY_CLIENT_UNKNOWN_FIELD', () => from('thread').select('title, password' as never)],
    ['SPOOKY_CLIENT_UNKNOWN_FIELD', () => from('thread').orderBy('x; DELETE thread' as never)],
    ['SPOOKY_CLIENT_UNKNOWN_RELATION', () => from('thread').related('job' as never)],
    ['SPOOKY_CLIENT_INVALID_QUERY', () => from('thread').where({ title: { like: 'x' } } as never)],
    ['SPOOKY_CLIENT_INVALID_QUERY', () => from('thread').where({ id: 'thread:abc' } as never)],
    ['SPOOKY_CLIENT_INVALID_QUERY', () => from('thread').where({ id: new RecordId('job', 'abc') } as never)],
    ['SPOOKY_CLIENT_INVALID_QUERY', () => from('thread').limit(-1)],
    ['SPOOKY_CLIENT_INVALID_QUERY', () => from('thread').offset(1.5)],
    ['SPOOKY_CLIENT_INVALID_QUERY', () => from('thread').related('author', (author) => author.limit(1))],
  ])('is a %s', (code, attempt) => {
    expect(codeOf(attempt)).toBe(code);
  });
});
