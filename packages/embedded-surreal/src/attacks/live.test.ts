/**
 * LIVE by record users: only the bare form, in any spelling, and a limited number. A WHERE or a projection would be
 * evaluated at every write by any user, and could throw or write there.
 */
import { Table } from 'surrealdb';
import { describe, expect, it, vi } from 'vitest';
import { engineRequest } from '../protocol/frames.ts';
import { connectRoot, startTestServer } from '../testing/database.ts';
import { applyFixture, signUpFixture } from '../testing/notes-fixture.ts';
import { RawClient } from '../testing/raw-client.ts';

async function start(options: Parameters<typeof startTestServer>[0] = {}) {
  const { url } = await startTestServer(options);
  const admin = await connectRoot(url);
  await applyFixture(admin);
  const { client, token } = await signUpFixture(url, 'eve');
  const raw = await RawClient.connect(url);
  await raw.call('authenticate', [token]);
  const liveQueries = async () => {
    const [info] = await admin.query<[{ lives: object }]>('INFO FOR TABLE note');
    return Object.keys(info.lives).length;
  };
  return { url, admin, client, token, raw, liveQueries };
}

const REFUSED = { error: { kind: 'NotAllowed', message: expect.stringContaining('Record users may use LIVE only') } };

const FORBIDDEN = [
  'LIVE SELECT * FROM note WHERE (THROW "no")',
  'LIVE SELECT * FROM note WHERE text = "a"',
  'live select * from note where true',
  'LIVE SELECT *, (CREATE loot) AS x FROM note',
  'LIVE SELECT VALUE text FROM note',
  'LIVE SELECT text FROM note',
  'LIVE SELECT DIFF FROM note FETCH owner',
  'LIVE SELECT * FROM note FETCH owner',
  'LIVE/**/SELECT/**/*/**/FROM/**/note/**/WHERE true',
  'LIVE -- x\nSELECT # y\n* FROM note // z\nWHERE true',
  'LIVE SELECT * FROM note/*a*/WHERE true/*b*/',
  'LIVE SELECT * FROM note /*a*/ WHERE true /*b*/;',
  'LIVE SELECT * FROM note # a\rWHERE true',
  'LIVE SELECT * FROM note -- a\u2028WHERE true',
  'LIVE SELECT * FROM note // a\u0085WHERE true',
  'LIVE SELECT * FROM note;; LIVE SELECT * FROM note WHERE true',
  'RETURN 1; LIVE SELECT * FROM note WHERE true; RETURN 2',
  'BEGIN; LIVE SELECT * FROM note WHERE true; COMMIT',
  'RETURN "live"; LIVE SELECT * FROM note WHERE true',
  'LIVE SELECT * FROM `note` WHERE true',
  'LIVE SELECT * FROM ⟨note⟩ WHERE true',
  'LIVE SELECT * FROM type::table("note")',
  'LIVE SELECT * FROM (type::table("note"))',
  'LIVE SELECT * FROM { CREATE loot; type::table("note") }',
  'LIVE SELECT * FROM $elsewhere',
  'LET $t = type::table("note"); LIVE SELECT * FROM $t',
  'LIVE SELECT * FROM note:1',
];

describe('a record user', () => {
  it.for(FORBIDDEN)('may not send %j', async (text) => {
    const { raw, liveQueries } = await start();
    expect(await raw.call('query', [text])).toMatchObject(REFUSED);
    expect(await liveQueries()).toBe(0);
  });

  it('may not send other forms in chunks or transactions', async () => {
    const { raw, liveQueries } = await start();
    const chunks = ['LI', 'VE SELECT * FROM note', ' WHERE true'].map((text) => {
      const bytes = Buffer.from(text);
      return Buffer.concat([Uint8Array.of(0x60 + bytes.length), bytes]);
    });
    const text = Buffer.concat([Uint8Array.of(0x7f), ...chunks, Uint8Array.of(0xff)]);
    const params = Buffer.concat([Uint8Array.of(0x81), text]);
    expect(await raw.send(engineRequest('query', params, undefined))).toMatchObject(REFUSED);
    const transaction = (await raw.call('begin')).result;
    const inTransaction = await raw.call('query', ['LIVE SELECT * FROM note WHERE true'], { txn: transaction });
    expect(inTransaction).toMatchObject(REFUSED);
    expect(await liveQueries()).toBe(0);
  });

  it('may only name a table with the method `live`', async () => {
    const { raw, liveQueries } = await start();
    for (const what of [1, null, ['note'], { table: 'note' }])
      expect(await raw.call('live', [what])).toMatchObject(REFUSED);
    expect(await liveQueries()).toBe(0);
  });

  it.for([
    'LIVE SELECT * FROM note',
    'live/**/select diff from `note`; -- all of it',
    'LIVE SELECT*FROM ⟨note⟩ # all',
    'RETURN "WHERE"; LIVE SELECT * FROM note;',
    'BEGIN; LIVE SELECT DIFF FROM note; COMMIT',
  ])('may send %j', async (text) => {
    const { raw, liveQueries } = await start();
    const { result } = await raw.call('query', [text]);
    expect(result).toEqual(expect.arrayContaining([expect.objectContaining({ type: 'live', status: 'OK' })]));
    expect(await liveQueries()).toBe(1);
  });

  it('can use the SDK and the method `live`, and receives changes', async () => {
    const { client, raw, admin, liveQueries } = await start();
    const received = vi.fn();
    (await client.live(new Table('note'))).subscribe((message) => received(message.action));
    (await client.live(new Table('note')).diff()).subscribe(() => {});
    expect(await raw.call('live', ['note'])).toHaveProperty('result');
    expect(await raw.call('live', [new Table('note'), true])).toHaveProperty('result');
    expect(await liveQueries()).toBe(4);
    await admin.query('CREATE note SET owner = user:eve, text = "boo"');
    await vi.waitFor(() => expect(received).toHaveBeenCalledWith('CREATE'), 20_000);
  });

  it('can bind the table as a parameter, but not change its value in the text', async () => {
    const { raw, admin } = await start();
    const text = 'LET $t = type::table("user"); LIVE SELECT * FROM $t';
    await raw.call('query', [text, { t: new Table('note') }]);
    const [user, note] = await admin.query<[{ lives: object }, { lives: object }]>(
      'INFO FOR TABLE user; INFO FOR TABLE note',
    );
    expect(Object.values(user.lives)).toEqual([]);
    expect(Object.values(note.lives)).toEqual(['LIVE SELECT * FROM note']);
  });

  it('can use the word in strings, comments and names', async () => {
    const { raw } = await start();
    const texts = [
      'RETURN "LIVE SELECT * FROM note WHERE true"',
      'RETURN 1 -- LIVE SELECT * FROM note WHERE true',
      'RETURN { live: 1, select: 2 }',
      'SELECT live FROM note WHERE live = 1',
      `RETURN [${Array.from({ length: 50 }, () => '"a live show"').join()}]`,
    ];
    for (const text of texts) {
      expect((await raw.call('query', [text])).result, text).toMatchObject([{ status: 'OK' }]);
    }
  });

  it('cannot make other users’ writes fail or copy their rows', async () => {
    const { raw, admin } = await start();
    for (const text of FORBIDDEN) await raw.call('query', [text]);
    await admin.query('CREATE note:1 SET text = "fine"');
    expect(await admin.query('SELECT VALUE text FROM note')).toEqual([['fine']]);
    const [tables] = await admin.query<[{ tables: object }]>('INFO FOR DB');
    expect(Object.keys(tables.tables)).not.toContain('loot');
  });
});

describe('the number of live queries', () => {
  it('is limited per record user over all connections, and every way to end one frees a place', async () => {
    const { url, token, raw, liveQueries } = await start({ limits: { liveQueriesPerUser: 4 } });
    const full = { error: { message: 'Too many live queries of this user' } };
    const other = await RawClient.connect(url);
    await other.call('authenticate', [token]);
    const text = 'LIVE SELECT * FROM note';
    const { result: first } = await raw.call('live', ['note']);
    await raw.call('query', [text]);
    await other.call('query', [`${text};${text}`]);
    expect(await raw.call('live', ['note'])).toMatchObject(full);
    expect(await other.call('query', [text])).toMatchObject(full);
    expect(await liveQueries()).toBe(4);
    await raw.call('kill', [first]);
    await vi.waitFor(async () => expect(await raw.call('live', ['note'])).toHaveProperty('result'), 20_000);
    await other.call('invalidate');
    expect(await raw.call('query', [`${text};${text}`])).toHaveProperty('result');
    raw.socket.terminate();
    await other.call('authenticate', [token]);
    await vi.waitFor(async () => expect(await liveQueries()).toBe(0), 20_000);
    await vi.waitFor(
      async () => expect(await other.call('query', [`${text};${text};${text};${text}`])).toHaveProperty('result'),
      20_000,
    );
  });

  it('is limited for concurrent requests too', async () => {
    const { raw, liveQueries } = await start({ limits: { liveQueriesPerUser: 4 } });
    await Promise.all(Array.from({ length: 40 }, () => raw.call('query', ['LIVE SELECT * FROM note'])));
    expect(await liveQueries()).toBe(4);
  });

  it('is limited per table', async () => {
    const { url, raw } = await start({ limits: { liveQueriesPerTable: 2 } });
    const full = { error: { message: 'Too many live queries on this table' } };
    const { token } = await signUpFixture(url, 'mallory');
    const other = await RawClient.connect(url);
    await other.call('authenticate', [token]);
    await raw.call('live', ['note']);
    await other.call('query', ['LIVE SELECT * FROM `note`']);
    expect(await raw.call('query', ['LIVE SELECT * FROM note'])).toMatchObject(full);
    expect(await other.call('live', ['note'])).toMatchObject(full);
    expect(await raw.call('live', ['user'])).toHaveProperty('result');
  });
});

it('allows service users every form of LIVE', async () => {
  const { admin, liveQueries } = await start();
  await admin.query('LIVE SELECT text FROM note WHERE text != NONE FETCH owner');
  await admin.query('LET $t = type::table("note"); LIVE SELECT * FROM $t');
  expect(await liveQueries()).toBe(2);
});
