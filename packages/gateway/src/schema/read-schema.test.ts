import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestDatabase, type TestDatabase } from '../testing/database.ts';
import { alternativesOf, linkedTable, presentAlternatives } from './kinds.ts';
import { readDatabaseSchema } from './read-schema.ts';
import { schemaFaults } from './schema-faults.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.close());

describe('a database schema', () => {
  it("contains what plans and permissions need, and none of the engine's tables", async () => {
    const { tables, functions, accesses } = await readDatabaseSchema(database.owner);
    expect([...tables.keys()].some((name) => name.startsWith('spooky_'))).toBe(false);
    const project = tables.get('project');
    expect(project?.permissions.select).toBe('$auth.id != NONE AND (owner = $auth.id OR is_public = true)');
    expect(project?.isSchemafull).toBe(true);
    expect(project?.fields.get('owner')).toEqual({
      name: 'owner',
      kind: 'record<person>',
      select: true,
      create: true,
      update: true,
      isReadonly: true,
      isComputed: false,
    });
    expect(tables.get('person')?.fields.get('hidden')?.select).toBe(false);
    expect(tables.get('credential')?.permissions.select).toBe(false);
    expect(tables.get('task')?.indexes).toEqual([
      { name: 'task_project', fields: ['project', 'position'], isUnique: false },
    ]);
    expect(tables.get('person')?.indexes).toContainEqual({ name: 'person_name', fields: ['name'], isUnique: true });
    expect(functions.get('is_mine')).toEqual({
      name: 'is_mine',
      parameters: [{ name: 'row', kind: 'object' }],
      returns: undefined,
      body: 'RETURN $auth.id != NONE AND $row.author = $auth.id',
      isOpen: true,
    });
    expect([...accesses]).toEqual([['account', {}]]);
  });

  it('has a hash that changes only with the schema', async () => {
    const hash = async () => (await readDatabaseSchema(database.owner)).hash;
    const first = await hash();
    await database.owner.query("CREATE team SET title = 'a'");
    expect(await hash()).toBe(first);
    const changes = [
      'DEFINE TABLE extra',
      'DEFINE FIELD a ON extra TYPE int',
      'DEFINE INDEX a ON extra FIELDS a',
      'DEFINE FIELD OVERWRITE a ON extra TYPE int PERMISSIONS NONE',
      'ALTER TABLE extra PERMISSIONS FULL',
      'DEFINE FUNCTION OVERWRITE fn::is_mine($row: object) { RETURN true }',
      'DEFINE ACCESS short ON DATABASE TYPE RECORD SIGNIN { RETURN NONE } WITH REFRESH DURATION FOR GRANT 2d',
    ];
    const hashes = new Set([first]);
    for (const change of changes) {
      await database.owner.query(change);
      hashes.add(await hash());
    }
    expect(hashes.size).toBe(changes.length + 1);
    const { accesses } = await readDatabaseSchema(database.owner);
    expect(accesses.get('short')).toEqual({ grantMs: 2 * 86_400_000 });
  });
});

describe('schemaFaults', () => {
  it('finds permissions that only the engine can evaluate, and fields that depend on the row', async () => {
    await database.owner.queryAll(`
      DEFINE TABLE faulty SCHEMAFULL PERMISSIONS FULL;
      DEFINE FIELD key ON faulty TYPE option<record<team>>;
      DEFINE FIELD part ON faulty TYPE int PERMISSIONS FOR select WHERE key = NONE;
      DEFINE FIELD later ON faulty COMPUTED part + 1;
      DEFINE TABLE asked SCHEMAFULL PERMISSIONS FOR select WHERE token != b"00FF";
      DEFINE FIELD token ON asked TYPE option<bytes>;`);
    const faults = schemaFaults(await readDatabaseSchema(database.owner));
    const shown = faults.map(({ table, field = '', kind }) => `${table} ${field} ${kind}`);
    expect(shown).toContain('riddle  engine-permission');
    expect(shown).toContain('faulty part row-dependent-field');
    expect(shown).toContain('faulty later engine-permission');
    expect(shown).toContain('asked  engine-permission');
    expect(shown.filter((text) => /^(?:project|note|credential|work) /.test(text))).toEqual([]);
  });

  it('finds keys without an index that a permission requires to be the reader, and no other keys', async () => {
    await database.owner.queryAll(`
      DEFINE TABLE owned SCHEMAFULL PERMISSIONS FOR select WHERE $auth.id != NONE AND owner = $auth.id;
      DEFINE FIELD owner ON owned TYPE option<record<person>>;
      DEFINE FIELD other ON owned TYPE record<person>;
      DEFINE TABLE shared SCHEMAFULL PERMISSIONS FOR select WHERE owner = $auth.id OR other = $auth.id;
      DEFINE FIELD owner ON shared TYPE record<person>;
      DEFINE FIELD other ON shared TYPE record<person>;`);
    const keys = async () =>
      schemaFaults(await readDatabaseSchema(database.owner))
        .filter(({ kind }) => kind === 'unindexed-key')
        .map(({ table, field, severity }) => `${severity} ${table}.${field}`);
    expect(await keys()).toEqual(['warning owned.owner']);
    await database.owner.queryAll('DEFINE INDEX owned_owner ON owned FIELDS owner, other');
    expect(await keys()).toEqual([]);
  });
});

describe("a field's kind", () => {
  it('is split into its alternatives', () => {
    expect(alternativesOf('none | record<user>')).toEqual(['none', 'record<user>']);
    expect(alternativesOf('option<int | array<string | int>>')).toEqual(['none', 'int', 'array<string | int>']);
    expect(alternativesOf(undefined)).toEqual(['any']);
    expect(alternativesOf("'a | b' | 'c'")).toEqual(["'a | b' | 'c'"]);
    expect(presentAlternatives('none | null | int')).toEqual(['int']);
  });

  it("links to a table only if it is one table's record", () => {
    expect(linkedTable('none | record<user>')).toBe('user');
    expect(linkedTable('record<`my table`>')).toBe('my table');
    expect(linkedTable('record<a | b>')).toBeUndefined();
    expect(linkedTable('record')).toBeUndefined();
    expect(linkedTable('array<record<a>>')).toBeUndefined();
    expect(linkedTable(undefined)).toBeUndefined();
  });
});
