import { describe, expect, it } from 'vitest';
import { RecordId } from './index.ts';
import { startQuery } from './query.ts';
import { concerns } from './relevance.ts';
import { schema, type Tables } from './testing/schema.ts';

const thread = (id: string) => new RecordId('thread', id);
const job = (id: string) => new RecordId('job', id);
const from = <Name extends keyof Tables & string>(table: Name) => startQuery<Tables, Name>(schema, table);
const change = (id: RecordId, row: Record<string, unknown> = {}) => ({ table: id.table.name, id, row: { id, ...row } });

describe('concerns', () => {
  it('knows one record by its id', () => {
    const { plan } = from('thread')
      .where({ id: thread('a') })
      .one()
      .build();
    expect(concerns(plan, { id: thread('a') }, change(thread('a')))).toBe(true);
    expect(concerns(plan, { id: thread('a') }, change(thread('b')))).toBe(false);
    expect(concerns(plan, null, change(thread('a')))).toBe(true);
    expect(concerns(plan, null, change(job('a')))).toBe(false);
  });

  it('sees rows come into a filter, change in it, and leave it', () => {
    const { plan } = from('job').where({ status: 'pending' }).limit(5).build();
    const shown = [{ id: job('a'), status: 'pending' }];
    expect(concerns(plan, shown, change(job('b'), { status: 'pending' }))).toBe(true);
    expect(concerns(plan, shown, change(job('a'), { status: 'success' }))).toBe(true);
    expect(concerns(plan, shown, change(job('b'), { status: 'success' }))).toBe(false);
  });

  it('says yes when in doubt', () => {
    const shown = [{ id: job('a') }];
    // A field that the permissions hide may have any value.
    expect(concerns(from('job').where({ status: 'pending' }).build().plan, shown, change(job('b')))).toBe(true);
    expect(
      concerns(
        from('job')
          .where({ retries: { gt: 1 } })
          .build().plan,
        shown,
        change(job('b'), { retries: 0 }),
      ),
    ).toBe(true);
    // Rows before the offset move those behind it.
    const { plan } = from('job').where({ status: 'pending' }).offset(1).build();
    expect(concerns(plan, shown, change(job('b'), { status: 'success' }))).toBe(true);
  });

  it('follows to-many relations by the parents that are shown', () => {
    const { plan } = from('thread')
      .where({ id: thread('a') })
      .related('jobs', (jobs) => jobs.where({ path: '/x' }))
      .one()
      .build();
    const shown = { id: thread('a'), jobs: [{ id: job('1') }] };
    expect(concerns(plan, shown, change(job('2'), { assigned_to: thread('a'), path: '/x' }))).toBe(true);
    expect(concerns(plan, shown, change(job('2'), { assigned_to: thread('b'), path: '/x' }))).toBe(false);
    expect(concerns(plan, shown, change(job('2'), { assigned_to: thread('a'), path: '/y' }))).toBe(false);
    expect(concerns(plan, shown, change(job('1'), { assigned_to: thread('b'), path: '/x' }))).toBe(true);
    expect(concerns(plan, null, change(job('2'), { assigned_to: thread('a'), path: '/x' }))).toBe(false);
  });

  it('follows to-one relations, also nested ones, by the rows that are shown', () => {
    const user = (id: string) => new RecordId('user', id);
    const { plan } = from('thread')
      .related('comments', (comments) => comments.related('author'))
      .build();
    const shown = [
      {
        id: thread('a'),
        author: user('x'),
        comments: [{ id: new RecordId('comment', '1'), author: { id: user('ada') } }],
      },
    ];
    expect(concerns(plan, shown, change(user('ada')))).toBe(true);
    expect(concerns(plan, shown, change(user('bob')))).toBe(false);
  });
});
