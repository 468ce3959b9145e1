import { RecordId } from 'surrealdb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DatabaseSchema, TableSchema } from '../schema/database-schema.ts';
import { readDatabaseSchema } from '../schema/read-schema.ts';
import { startTestDatabase, type TestDatabase } from '../testing/database.ts';
import { UNKNOWN } from '../values/unknown.ts';
import { compilePermission } from './compile-permission.ts';

let database: TestDatabase;
let schema: DatabaseSchema;
beforeAll(async () => {
  database = await startTestDatabase();
  await database.owner.queryAll(`
    DEFINE FIELD age ON person COMPUTED 1;
    DEFINE FUNCTION fn::outer($row: object, $who: record<person>) { RETURN fn::inner($row.owner, $who) };
    DEFINE FUNCTION fn::inner($owner: any, $id: any) { RETURN $owner = $id };
    DEFINE FUNCTION fn::loop($a: any) { RETURN fn::loop($a) };
    DEFINE FUNCTION fn::ignore($a: any) { RETURN true };
    DEFINE FUNCTION fn::two($a: any) { LET $b = $a; RETURN $b };
    DEFINE FUNCTION fn::closed($a: any) { RETURN $a = 1 } PERMISSIONS NONE;
    DEFINE FUNCTION fn::narrow($a: int) { RETURN $a = 1 };
    DEFINE FUNCTION fn::shadow($auth: any) { RETURN $auth = 1 };
    DEFINE FUNCTION fn::field($a: any) { RETURN title = $a };
    DEFINE FUNCTION fn::text($a: any) -> string { RETURN $a = 1 };
    DEFINE FUNCTION fn::test($a: any) -> bool { RETURN $a = 1 };`);
  schema = await readDatabaseSchema(database.owner);
});
afterAll(() => database.close());

function compile(permission: boolean | string, name = 'project') {
  const table = schema.tables.get(name) as TableSchema;
  return compilePermission(permission, { schema, table, readerTable: 'person' });
}

describe('a select permission', () => {
  it.each([
    [true, 'all'],
    [false, 'none'],
    ['$auth != NONE', 'all'],
    ['$auth.id != NONE AND true', 'all'],
    ['$auth.id = NONE OR false', 'none'],
    ['!($auth = NULL)', 'all'],
    ['title = 1 OR $auth', 'all'],
  ] as const)('turns %s into: %s rows', (permission, kind) => {
    expect(compile(permission)).toEqual({ kind });
  });

  it.each([
    ['$auth.id != NONE AND owner = $auth.id', '(`owner` = $who)', 'id'],
    ['$auth.id != NONE AND (owner = $auth OR is_public)', '((`owner` = $who) OR `is_public`)', 'id'],
    ['$this.owner = $auth.id', '(`owner` = $who)', 'id'],
    ['is_public = true', '(`is_public` = true)', 'nothing'],
    ['title = $auth.name', '(`title` = $who.`name`)', 'row'],
    ['fn::outer($this, $auth.id)', '(`owner` = $who)', 'id'],
    ['fn::test(position)', '(`position` = 1)', 'nothing'],
    ['string::len(title) > 2', '(type::is_string(`title`) AND (string::len(`title`) > 2))', 'nothing'],
  ])('turns %s into a condition', (permission, text, reader) => {
    const compiled = compile(permission);
    expect(compiled).toMatchObject({ kind: 'where', reader, follows: [] });
    expect(compiled.kind === 'where' && compiled.print('$who')).toBe(text);
  });

  it('follows one record and names what it reads', () => {
    const compiled = compile('project.owner = $auth.id AND project.is_public', 'task');
    const of = { field: 'project', table: 'project' };
    const follows = [
      { ...of, member: 'owner' },
      { ...of, member: 'is_public' },
    ];
    expect(compiled).toMatchObject({ kind: 'where', follows });
  });

  it('lists the fields that equal the reader in every row', () => {
    expect(compile('owner = $auth.id AND title = 1')).toMatchObject({ readerFields: ['owner'] });
    expect(compile('owner = $auth.id OR title = 1')).toMatchObject({ readerFields: [] });
  });

  it.each([
    ['project.owner.name = 1', 'task'],
    ['$auth.team.title = 1', 'project'],
    ['extra.a = 1', 'task'],
    ['$auth.age = 1', 'project'],
    ['owner.age = 1', 'project'],
    ['author.name = 1 AND $parent.a', 'note'],
    ['unknown.a = 1', 'note'],
    ['id.a = 1', 'project'],
    ['$this = 1', 'project'],
    ['$value.title = 1', 'project'],
    ['$token.ID = 1', 'project'],
    ['$session.id = 1', 'project'],
    ['$access = 1', 'project'],
    ['position + 1 > 2', 'project'],
    ['-position = 1', 'project'],
    ['string::len(position) > 2', 'project'],
    ['string::len(title, title) > 2', 'project'],
    ['time::now() > created_at', 'project'],
    ['rand::bool()', 'project'],
    ['http::get(title)', 'project'],
    ['fn::none(1)', 'project'],
    ['fn::loop(1)', 'project'],
    ['fn::two(1)', 'project'],
    ['fn::closed(1)', 'project'],
    ['fn::narrow(title)', 'project'],
    ['fn::shadow(1)', 'project'],
    ['fn::field(1)', 'project'],
    ['fn::text(1)', 'project'],
    ['fn::inner(1)', 'project'],
    ['fn::ignore(position + 1)', 'project'],
    ['true OR position + 1 > 2', 'project'],
    ['count((SELECT id FROM project)) > 0', 'project'],
  ])('leaves %s of %s to the engine', (permission, table) => {
    expect(compile(permission, table)).toMatchObject({ kind: 'engine', reason: expect.stringMatching(/./) });
  });

  it('is evaluated for a row, with the records that it follows', () => {
    const permission = compile('project.owner = $auth.id', 'task');
    if (permission.kind !== 'where') return expect.fail(permission.kind);
    const [reader, other] = [new RecordId('person', 1), new RecordId('person', 2)];
    const project = new RecordId('project', 1);
    const row = { id: new RecordId('task', 1), project };
    expect(permission.test(row, reader, () => ({ id: project, owner: reader }))).toBe(true);
    expect(permission.test(row, reader, () => ({ id: project, owner: other }))).toBe(false);
    expect(permission.test(row, reader, () => undefined)).toBe(false);
    expect(permission.test(row, reader, () => UNKNOWN)).toBe(undefined);
    // A record of a table that the permission does not name was not compiled for.
    expect(permission.test({ ...row, project: other }, reader, () => ({ owner: reader }))).toBe(undefined);
  });

  it('is not decidable if it contains a literal that only the engine reads', () => {
    expect(compile('title = 1')).toMatchObject({ isDecidable: true });
    const permission = compile("title = 1 AND position = b'00'");
    if (permission.kind !== 'where') return expect.fail(permission.kind);
    expect(permission.isDecidable).toBe(false);
    const evaluate = (title: unknown) => permission.test({ title }, new RecordId('person', 1), () => UNKNOWN);
    expect([evaluate(1), evaluate(2)]).toEqual([undefined, false]);
  });
});
