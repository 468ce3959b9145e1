import { ClientError, type ClientErrorCode, RecordId } from '@spookify/client';
import { expect, it } from 'vitest';
import { canRetry, isConflict, writeFields, writeHeading } from './write-view.ts';

const error = (code: ClientErrorCode, conflict: Record<string, unknown> = {}): ClientError =>
  new ClientError(code, 'What a developer does about it.', { conflict });

it.each([
  ['create', 'New read mark'],
  ['update', 'Change of a read mark'],
  ['delete', 'Deletion of a read mark'],
  ['run', 'Start of a read mark'],
] as const)('names the write: %s', (kind, heading) => {
  expect(writeHeading({ kind, id: new RecordId('read_mark', 'a') })).toBe(heading);
});

it('shows the texts of a refused write, without references', () => {
  const fields = { thread: new RecordId('thread', 'a'), content: 'I was there.', stars: 3, note: '' };
  expect(writeFields({ kind: 'create', fields, error: error('SPOOKY_CLIENT_REFUSED') })).toEqual([
    { name: 'content', own: 'I was there.', stored: undefined },
    { name: 'stars', own: '3', stored: undefined },
    { name: 'note', own: '(empty)', stored: undefined },
  ]);
  expect(writeFields({ kind: 'run', fields, error: error('SPOOKY_CLIENT_REFUSED') })).toEqual([]);
});

it('sends a blocked write again with the one that it depends on, not alone', () => {
  expect((['SPOOKY_CLIENT_BLOCKED', 'SPOOKY_CLIENT_REFUSED'] as const).map(canRetry)).toEqual([false, true]);
});

it('shows both versions of the fields in conflict', () => {
  const conflict = error('SPOOKY_CLIENT_CONFLICT', { title: 'Theirs', note: undefined });
  const fields = { title: 'Mine', note: 'Mine too', content: 'Not in conflict' };
  expect(isConflict({ error: conflict })).toBe(true);
  expect(writeFields({ kind: 'update', fields, error: conflict })).toEqual([
    { name: 'title', own: 'Mine', stored: 'Theirs' },
    { name: 'note', own: 'Mine too', stored: '(empty)' },
  ]);
  expect(isConflict({ error: error('SPOOKY_CLIENT_REFUSED') })).toBe(false);
});
