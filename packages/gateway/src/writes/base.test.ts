import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestDatabase, type TestDatabase } from '../testing/database.ts';
import { TEST_SCHEMA } from '../testing/schema.ts';
import { startTestGateway, type TestGateway } from '../testing/test-gateway.ts';
import type { TestSocket } from '../testing/test-socket.ts';

const SCHEMA = `${TEST_SCHEMA}
DEFINE TABLE page TYPE NORMAL SCHEMAFULL
  PERMISSIONS FOR select, create WHERE owner = $auth.id OR is_public FOR update WHERE owner = $auth.id FOR delete NONE;
DEFINE FIELD owner ON page TYPE option<record<person>> DEFAULT $auth.id;
DEFINE FIELD is_public ON page TYPE bool DEFAULT false;
DEFINE FIELD title ON page TYPE option<string>;
DEFINE FIELD slug ON page TYPE option<string> VALUE IF $value = NONE { NONE } ELSE { string::lowercase($value) };
DEFINE FIELD count ON page TYPE option<number>;
DEFINE FIELD extra ON page TYPE any;
DEFINE FIELD secret ON page TYPE option<string> PERMISSIONS FOR select NONE;
DEFINE FIELD owned ON page TYPE option<string> PERMISSIONS FOR select WHERE owner = $auth.id;
DEFINE FIELD address ON page TYPE option<object>;
DEFINE FIELD address.city ON page TYPE option<string>;
DEFINE FIELD address.code ON page TYPE option<string> PERMISSIONS FOR select NONE;
-- Its rows can be changed by everyone and seen by their owners.
DEFINE TABLE drop TYPE NORMAL SCHEMAFULL PERMISSIONS FOR select WHERE owner = $auth.id FOR create, update, delete FULL;
DEFINE FIELD owner ON drop TYPE option<record<person>>;
DEFINE FIELD title ON drop TYPE string;`;

let database: TestDatabase;
let test: TestGateway;
let ada: TestSocket;
let ben: TestSocket;
beforeAll(async () => {
  database = await startTestDatabase(SCHEMA);
  test = await startTestGateway({ database });
  [ada, ben] = [await test.connect(await test.signUp('ada')), await test.connect(await test.signUp('ben'))];
});
afterAll(async () => {
  await test.close();
  await database.close();
});

const id = { $r: ['page', 'p'] };
const none = { $none: 1 };
const update = (fields: object, base?: object) => ({ kind: 'update', id, fields, ...(base && { base }) });
const refusal = (code: string) => ({ type: 'refused', error: { code: `SPOOKY_GATEWAY_${code}` } });
const conflict = (values: object) => ({ error: { code: 'SPOOKY_GATEWAY_CONFLICT', conflict: values } });
beforeEach(async () => {
  await database.owner.queryAll('DELETE page, drop, spooky_receipt');
  expect(await ada.write({ kind: 'create', id, fields: { title: 'a', count: 1 } })).toMatchObject({ type: 'written' });
});

describe('an update with a base', () => {
  it('is made if the stored value is the base or already the new one', async () => {
    expect(await ada.write(update({ title: 'b' }, { title: 'a' }))).toMatchObject({ result: { title: 'b' } });
    expect(await ada.write(update({ title: 'b', count: 2 }, { title: 'a', count: 1 }))).toMatchObject({
      result: { title: 'b', count: 2 },
    });
  });

  it('is refused with the stored values of only the fields in conflict', async () => {
    const write = update({ title: 'b', count: 2, slug: 's' }, { title: 'x', count: 1 });
    const answer = await ada.write(write, 'key');
    expect(answer).toMatchObject({ type: 'refused', ...conflict({ title: 'a' }) });
    expect(Object.keys((answer as { error: { conflict: object } }).error.conflict)).toEqual(['title']);
    expect(await database.owner.query('SELECT title, count, slug FROM ONLY page:p')).toEqual({ title: 'a', count: 1 });
    const rebased = { ...write, base: { title: 'a', count: 1 } };
    expect(await ada.write(rebased, 'key')).toMatchObject({ type: 'written', result: { title: 'b', count: 2 } });
  });

  it('merges with changes of other fields, and sets fields without a base', async () => {
    await database.owner.query("UPDATE page:p SET count = 9, slug = 'other'");
    expect(await ada.write(update({ title: 'b', slug: 'mine' }, { title: 'a' }))).toMatchObject({
      result: { title: 'b', slug: 'mine', count: 9 },
    });
  });

  it('compares absent fields as NONE', async () => {
    expect(await ada.write(update({ slug: 's' }, { slug: 'x' }))).toMatchObject(conflict({ slug: none }));
    expect(await ada.write(update({ slug: 's' }, { slug: none }))).toMatchObject({ result: { slug: 's' } });
    expect(await ada.write(update({ slug: 't' }, { slug: none }))).toMatchObject(conflict({ slug: 's' }));
    expect(await ada.write(update({ slug: none }, { slug: 's' }))).toMatchObject({ type: 'written' });
    expect(await ada.write(update({ extra: 1 }, { extra: null }))).toMatchObject(conflict({ extra: none }));
  });

  it('compares values as the database does', async () => {
    const values = [
      [1, { $f: 'NaN' }],
      [{ $f: 'NaN' }, { $d: '1.50' }],
      [{ $d: '1.5' }, { $t: '2026-01-01T00:00:00.000000001Z' }],
      [{ $t: '2026-01-01T00:00:00.000000001Z' }, { a: [1, { b: id }] }],
      [{ a: [1, { b: id }] }, { $set: [1, 2] }],
      [{ $set: [2, 1] }, null],
      [null, 'text'],
    ];
    await ada.write(update({ extra: 1 }));
    for (const [base, extra] of values) {
      expect(await ada.write(update({ extra }, { extra: base })), JSON.stringify(base)).toMatchObject({
        type: 'written',
      });
      expect(await ada.write(update({ extra: 'mine' }, { extra: 'other' }))).toMatchObject({
        error: { code: 'SPOOKY_GATEWAY_CONFLICT' },
      });
    }
  });

  it('compares the value that is sent, in a field whose VALUE changes it', async () => {
    await ada.write(update({ slug: 'LOUD' }));
    // The same write, made by somebody else: stored is neither what was sent nor the base.
    expect(await ada.write(update({ slug: 'LOUD' }, { slug: none }))).toMatchObject(conflict({ slug: 'loud' }));
    expect(await ada.write(update({ slug: 'NEW' }, { slug: 'loud' }))).toMatchObject({ result: { slug: 'new' } });
  });

  it('has no conflict with its own first attempt, or with a later write, when it is repeated', async () => {
    const write = update({ title: 'b' }, { title: 'a' });
    await ada.write(write, 'key');
    await database.owner.query("UPDATE page:p SET title = 'later'");
    expect(await ada.write(write, 'key')).toMatchObject({ type: 'written', result: { title: 'later' } });
    await database.owner.query('DELETE page:p');
    expect(await ada.write(write, 'key')).toMatchObject({ type: 'written', result: null });
  });

  it('lets one of two writers win', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => ada.write(update({ count: 100 + index }, { count: 1 }))),
    );
    expect(answers.filter(({ type }) => type === 'written')).toHaveLength(1);
    const stored = await database.owner.query('SELECT VALUE count FROM ONLY page:p');
    for (const answer of answers) {
      if (answer.type === 'refused') expect(answer).toMatchObject(conflict({ count: stored }));
    }
  });

  it('answers for a row that its writer may not see as for a missing one', async () => {
    await database.owner.query("CREATE drop:x SET title = 'hidden'");
    const writes = [
      update({ title: 'b' }, { title: 'guess' }),
      update({ title: 'b' }, { title: 'a' }),
      { ...update({ title: 'b' }, { title: 'guess' }), id: { $r: ['drop', 'x'] } },
      { ...update({ title: 'b' }, { title: 'hidden' }), id: { $r: ['drop', 'x'] } },
      { ...update({ title: 'b' }, { title: 'a' }), id: { $r: ['page', 'no-such'] } },
    ];
    const answers = [];
    for (const write of writes) answers.push(await ben.write(write));
    for (const answer of answers) expect(answer).toEqual({ ...answers.at(-1), id: expect.any(Number) });
    expect(answers[0]).toMatchObject(refusal('REFUSED'));
    expect(await database.owner.query('SELECT VALUE title FROM drop')).toEqual(['hidden']);
  });

  it.each([
    ['a field that is hidden from clients', { secret: 'x' }, { secret: 'guess' }],
    ['a field that only some readers see', { owned: 'x' }, { owned: 'guess' }],
    ['a field with a member that is hidden from clients', { address: { city: 'x' } }, { address: { city: 'guess' } }],
    ['a field that is not set', { title: 'x' }, { count: 1 }],
    ['a field of another table', { title: 'x' }, { 'owner.name': 'ada' }],
    ['the id', { title: 'x' }, { id }],
    ['a name of a prototype', { title: 'x' }, JSON.parse('{"__proto__":1}')],
    ['SurrealQL', { title: 'x' }, { 'title]; DELETE page; [title': 1 }],
    ['a list', { title: 'x' }, ['title']],
    ['a text', { title: 'x' }, 'title'],
    ['null', { title: 'x' }, null],
    ['a value of an unknown form', { title: 'x' }, { title: { $fn: 'x' } }],
  ])('may not have a base of %s', async (_, fields, base) => {
    await database.owner.query("UPDATE page:p SET secret = 'a', owned = 'b'");
    const answer = await ada.write({ kind: 'update', id, fields, base });
    expect(answer).toMatchObject(refusal('BAD_WRITE'));
    expect(answer).not.toHaveProperty('error.conflict');
  });

  it('answers without fields that views do not show', async () => {
    await database.owner.query("UPDATE page:p SET secret = 'a', owned = 'b', address = { city: 'c', code: 'd' }");
    const answer = await ada.write(update({ title: 'b' }, { title: 'a' }), 'key');
    expect(answer).toMatchObject({ type: 'written', result: { title: 'b', count: 1 } });
    for (const name of ['secret', 'owned', 'address']) expect(answer).not.toHaveProperty(`result.${name}`);
    expect(await ada.write(update({ title: 'b' }, { title: 'a' }), 'key')).toEqual({
      ...answer,
      repeat: true,
      id: expect.any(Number),
      visibleIn: expect.any(Number),
    });
  });

  it.each(['create', 'delete'])('is an update: a %s has no base', async (kind) => {
    const write = { kind, id, ...(kind === 'create' && { fields: { title: 'x' } }), base: { title: 'x' } };
    expect(await ada.write(write)).toMatchObject(refusal('BAD_WRITE'));
  });
});
