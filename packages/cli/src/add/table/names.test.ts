import { expect, it } from 'vitest';
import { tableNames } from './names.ts';

it.each([
  ['note', undefined, 'notes', 'Notes'],
  ['meeting_note', undefined, 'meeting-notes', 'MeetingNotes'],
  ['category', undefined, 'categories', 'Categories'],
  ['day', undefined, 'days', 'Days'],
  ['box', undefined, 'boxes', 'Boxes'],
  ['address', undefined, 'addresses', 'Addresses'],
  ['status', undefined, 'statuses', 'Statuses'],
  ['person', 'people', 'people', 'People'],
  ['news', 'news_items', 'news-items', 'NewsItems'],
])('calls the page of %s after several rows', (table, plural, page, pascalPlural) => {
  expect(tableNames(table, plural)).toMatchObject({ table, page, pascalPlural });
});

it('names files, components and sentences after the words of the table', () => {
  expect(tableNames('meeting_note')).toEqual({
    ...{ table: 'meeting_note', file: 'meeting-note', page: 'meeting-notes' },
    ...{ pascal: 'MeetingNote', pascalPlural: 'MeetingNotes', one: 'meeting note', many: 'meeting notes' },
  });
});

it.each([
  ['Note', 'small letters'],
  ['meeting-note', 'small letters'],
  ['note_', 'small letters'],
  ['1note', 'small letters'],
  ['n'.repeat(31), 'up to 30'],
  ['select', 'a word of SurrealQL'],
  ['spooky_note', 'belongs to the engine'],
  ['migration', 'belongs to the engine'],
  ['constructor', 'belongs to the engine'],
  ['notes', 'spooky add table note.'],
  ['categories', 'spooky add table category.'],
  ['boxes', 'spooky add table box.'],
])('refuses %s', (table, message) => {
  expect(() => tableNames(table)).toThrow(
    expect.objectContaining({ code: 'SPOOKY_CLI_BAD_ARGUMENT', message: expect.stringContaining(message) }),
  );
});

it('refuses a plural that is no name', () => {
  expect(() => tableNames('person', 'the people')).toThrow('"the people" cannot');
});
