import type { WirePlan } from '@spookify/gateway/wire';
import { expect, it } from 'vitest';
import { hideValues } from './hide-values.ts';

it('hides every compared value of a plan and keeps the rest', () => {
  const secret = 'private words';
  const compared = { field: 'title', is: 'eq', value: secret } as const;
  const plan: WirePlan = {
    table: 'thread',
    select: ['title'],
    where: { all: [compared, { any: [{ not: compared }, { field: 'title', is: 'in', value: [secret] }] }] },
    orderBy: [{ field: 'title' }],
    limit: 20,
    related: [{ name: 'comments', many: true, field: 'thread', plan: { table: 'comment', where: compared } }],
  };
  const hidden = { field: 'title', is: 'eq', value: '…' };
  expect(hideValues(plan)).toEqual({
    table: 'thread',
    select: ['title'],
    where: { all: [hidden, { any: [{ not: hidden }, { field: 'title', is: 'in', value: '…' }] }] },
    orderBy: [{ field: 'title' }],
    limit: 20,
    related: [{ name: 'comments', many: true, field: 'thread', plan: { table: 'comment', where: hidden } }],
  });
});
