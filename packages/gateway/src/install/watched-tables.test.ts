import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readDatabaseSchema } from '../schema/read-schema.ts';
import { startTestDatabase, type TestDatabase } from '../testing/database.ts';
import { watchedTables } from './watched-tables.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase('');
});
afterAll(() => database.close());

/** @param permission of the only table that users can see */
async function watchedWith(permission: string): Promise<readonly string[]> {
  await database.owner.queryAll(`
    DEFINE TABLE OVERWRITE notice SCHEMAFULL PERMISSIONS FOR select WHERE ${permission};
    DEFINE FIELD OVERWRITE topic ON notice TYPE option<record<\`some-topic\` | tag>>;
    DEFINE TABLE OVERWRITE \`some-topic\` SCHEMAFULL PERMISSIONS NONE;
    DEFINE TABLE OVERWRITE tag SCHEMAFULL PERMISSIONS NONE;
    DEFINE TABLE OVERWRITE account SCHEMAFULL PERMISSIONS NONE;
    DEFINE FIELD OVERWRITE role ON account TYPE string;
    DEFINE TABLE OVERWRITE imported SCHEMALESS PERMISSIONS NONE;
    DEFINE TABLE OVERWRITE receipt SCHEMAFULL PERMISSIONS NONE;
    DEFINE FUNCTION OVERWRITE fn::is_admin($who: any) { RETURN $who.role = 'admin' };`);
  return [...watchedTables(await readDatabaseSchema(database.owner))].sort();
}

const SHOWN = ['notice', 'some-topic', 'tag'];

describe('the tables whose changes gateways must learn of', () => {
  it('are those that users can see, and those that their rows link to', async () => {
    expect(await watchedWith('$auth.id != NONE')).toEqual(SHOWN);
  });

  it.each(["$auth.role = 'admin'", 'fn::is_admin($auth)'])(
    'include tables whose records may be users of which a permission reads fields: %s',
    async (permission) => {
      expect(await watchedWith(permission)).toEqual(['account', 'imported', ...SHOWN]);
    },
  );

  it('are all tables if only the engine knows what a permission reads', async () => {
    const permission = 'count((SELECT id FROM receipt)) > 0';
    expect(await watchedWith(permission)).toEqual(['account', 'imported', 'notice', 'receipt', 'some-topic', 'tag']);
  });
});
