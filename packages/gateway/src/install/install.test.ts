import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestDatabase, type TestDatabase, TOKEN_KEY } from '../testing/database.ts';
import { changeEventOf, installGateway } from './install.ts';
import { CHANGE_EVENT, CHANGE_EVENT_VERSION } from './names.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase('DEFINE TABLE note PERMISSIONS FULL; DEFINE TABLE closed PERMISSIONS NONE;');
});
afterAll(() => database.close());
beforeEach(() => database.owner.queryAll('DELETE note, spooky_change'));

const install = () => installGateway(database.owner, TOKEN_KEY);
const entries = async () => (await database.owner.query<unknown[]>('SELECT * FROM spooky_change')).length;
const comments = async (table = 'note') => {
  const { events } = await database.owner.query<{ events: { name: string; comment?: string }[] }>(
    `INFO FOR TABLE ${table} STRUCTURE`,
  );
  return events.map(({ comment }) => comment);
};

/** Simulates the event of another version: it writes nothing. */
const replaceEvent = (comment: string) =>
  database.owner.queryAll(`DEFINE EVENT OVERWRITE ${CHANGE_EVENT} ON note WHEN false THEN {} ${comment}`);

describe('the change event of a table', () => {
  it('contains its version', async () => {
    expect(await comments()).toEqual([expect.stringMatching(`version ${CHANGE_EVENT_VERSION}$`)]);
    expect(await comments('closed')).toEqual([]);
  });

  it.each(['', "COMMENT 'of another tool'", `COMMENT 'version ${CHANGE_EVENT_VERSION - 1}'`])(
    'is replaced if its version is earlier or missing: %s',
    async (comment) => {
      await replaceEvent(comment);
      await database.owner.queryAll('CREATE note');
      expect(await entries()).toBe(0);
      await install();
      await database.owner.queryAll('CREATE note');
      expect(await entries()).toBe(1);
    },
  );

  it('is kept if its version is this one or later, so that two versions do not undo each other', async () => {
    for (const version of [CHANGE_EVENT_VERSION, CHANGE_EVENT_VERSION + 1]) {
      await replaceEvent(`COMMENT 'version ${version}'`);
      await install();
      expect(await comments()).toEqual([`version ${version}`]);
    }
    await replaceEvent('');
    await install();
  });

  it('has another version if its definition differs', () => {
    // If this fails, raise CHANGE_EVENT_VERSION and copy the new definition here. Otherwise databases keep the old
    // definition.
    expect([CHANGE_EVENT_VERSION, changeEventOf('note').replace(/\s+/g, ' ')]).toEqual([
      1,
      'DEFINE EVENT OVERWRITE spooky_change ON note WHEN $spooky_quiet != true ' +
        'THEN { CREATE spooky_change:ulid() SET r = [$value.id ?? $before.id] RETURN NONE; ' +
        "IF $event = 'DELETE' { DELETE spooky_session WHERE user = $before.id RETURN NONE } } " +
        "COMMENT 'version 1'",
    ]);
  });
});
