import { createHash } from 'node:crypto';
import { type SurrealServer, startServer } from '@spookify/embedded-surreal';
import { createLink, type Link } from '@spookify/surreal-link';
import { Surreal } from 'surrealdb';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type OwnerTarget, withOwner } from '../owner-connection.ts';
import { migrate, migrationStatus } from './migrate.ts';
import type { SchemaFile } from './schema-files.ts';

const owner = { username: 'root', password: 'owner-of-the-test' };
let server: SurrealServer;
let database: Surreal;
let link: Link;
let target: OwnerTarget;
let number = 0;

beforeAll(async () => {
  server = await startServer({ storage: { type: 'memory' }, root: owner });
});
afterAll(() => server.close());

beforeEach(async () => {
  number += 1;
  target = { url: server.url, namespace: 'main', database: `test-${number}`, ...owner };
  database = await asOwner();
  link = await linkAsOwner();
});

async function asOwner(): Promise<Surreal> {
  await withOwner(target, async () => {}); // creates namespace and database
  const surreal = new Surreal();
  onTestFinished(async () => void (await surreal.close()));
  await surreal.connect(target.url, { namespace: target.namespace, database: target.database, authentication: owner });
  return surreal;
}

async function linkAsOwner(): Promise<Link> {
  const made = createLink({ ...target, levels: ['root'] });
  onTestFinished(() => made.close());
  await made.open();
  return made;
}

function file(name: string, text: string): SchemaFile {
  const kind = name.startsWith('migrations/') ? 'migration' : 'schema';
  return { name, path: `/p/schema/${name}`, kind, text, checksum: createHash('sha256').update(text).digest('hex') };
}

const SCHEMA = file(
  'schema.surql',
  'DEFINE TABLE OVERWRITE note SCHEMAFULL;\nDEFINE FIELD OVERWRITE text ON note TYPE string;',
);
const SEED = file('migrations/0001-seed.surql', `CREATE note:1 SET text = 'one';\n-- the end`);

async function notes(): Promise<string[]> {
  const [texts] = await database.query<[string[]]>('SELECT VALUE text FROM note ORDER BY text');
  return texts;
}

describe('migrate', () => {
  it('applies everything to an empty database and nothing the second time', async () => {
    expect(await migrate(link, [SCHEMA, SEED], [])).toEqual({
      applied: [SCHEMA.name, SEED.name],
      users: [],
      waiting: [],
    });
    expect(await migrate(link, [SCHEMA, SEED], [])).toEqual({ applied: [], users: [], waiting: [] });
    expect(await notes()).toEqual(['one']);
  });

  it('applies no migrations with schemaOnly but refuses changed ones', async () => {
    const only = { schemaOnly: true };
    expect(await migrate(link, [SCHEMA, SEED], [], only)).toMatchObject({
      applied: [SCHEMA.name],
      waiting: [SEED.name],
    });
    expect(await notes()).toEqual([]);
    await migrate(link, [SCHEMA, SEED], []);
    expect(await migrate(link, [SCHEMA, SEED], [], only)).toMatchObject({ applied: [], waiting: [] });
    await expect(migrate(link, [SCHEMA], [], only)).rejects.toMatchObject({ code: 'SPOOKY_CLI_MIGRATION_MISSING' });
  });

  it('applies a schema file again after a change', async () => {
    await migrate(link, [SCHEMA, SEED], []);
    const changed = file(SCHEMA.name, `${SCHEMA.text}\nDEFINE FIELD OVERWRITE stars ON note TYPE option<int>;`);
    expect((await migrate(link, [changed, SEED], [])).applied).toEqual([SCHEMA.name]);
    await database.query('UPDATE note:1 SET stars = 5');
    expect(await notes()).toEqual(['one']);
  });

  it('applies the schema files again after a migration that resets them, even in a later run', async () => {
    const text = `DEFINE FIELD OVERWRITE text ON note TYPE int; UPDATE migration SET checksum = '' WHERE kind = 'schema'`;
    const loosened = file('migrations/0002-loosen.surql', text);
    expect((await migrate(link, [SCHEMA, SEED, loosened], [])).applied).toEqual([
      SCHEMA.name,
      SEED.name,
      loosened.name,
    ]);
    await database.query(`UPDATE note:1 SET text = 'two'`);
    expect(await notes()).toEqual(['two']);

    await database.query(text);
    expect((await migrate(link, [SCHEMA, SEED, loosened], [])).applied).toEqual([SCHEMA.name]);
    await database.query(`UPDATE note:1 SET text = 'three'`);
  });

  it('refuses an applied migration that has changed or is missing', async () => {
    await migrate(link, [SCHEMA, SEED], []);
    const changed = file(SEED.name, `CREATE note:2 SET text = 'two'`);
    await expect(migrate(link, [SCHEMA, changed], [])).rejects.toMatchObject({
      code: 'SPOOKY_CLI_MIGRATION_CHANGED',
    });
    await expect(migrate(link, [SCHEMA], [])).rejects.toMatchObject({ code: 'SPOOKY_CLI_MIGRATION_MISSING' });
    expect(await notes()).toEqual(['one']);
  });

  it('applies nothing of a file that fails and applies it after the correction', async () => {
    const broken = file(SEED.name, `CREATE note:1 SET text = 'one';\nDEFINE TABLE extra;\nTHROW 'no more';`);
    const failed = migrate(link, [SCHEMA, broken], []);
    await expect(failed).rejects.toMatchObject({ code: 'SPOOKY_CLI_MIGRATION_FAILED' });
    await expect(failed).rejects.toThrow(/0001-seed\.surql: .*no more.*nothing of this file was applied/);
    expect(await notes()).toEqual([]);
    const [info] = await database.query<[{ tables: object }]>('INFO FOR DB');
    expect(Object.keys(info.tables).sort()).toEqual(['migration', 'note']);
    expect((await migrate(link, [SCHEMA, SEED], [])).applied).toEqual([SEED.name]);
  });

  it.each([
    ['DEFINE TABL note', '1:8'],
    ['DEFINE TABLE note;\n\nDEFINE FIELD text ONN note', '3:19'],
  ])('reports where %j is wrong', async (text, place) => {
    await expect(migrate(link, [file('schema.surql', text)], [])).rejects.toThrow(`/p/schema/schema.surql:${place}: `);
  });

  it('applies each file once in concurrent runs', async () => {
    const other = await linkAsOwner();
    const files = [SCHEMA, SEED, file('migrations/0002.surql', `CREATE note SET text = 'two'`)];
    const reports = await Promise.all([migrate(link, files, []), migrate(other, files, [])]);
    const migrations = reports.flatMap(({ applied }) => applied).filter((name) => name.startsWith('migrations/'));
    expect(migrations.sort()).toEqual(['migrations/0001-seed.surql', 'migrations/0002.surql']);
    expect(await notes()).toEqual(['one', 'two']);
  });

  it('hides its record from all users except the owner', async () => {
    await migrate(link, [SCHEMA], []);
    const [info] = await database.query<[{ tables: { migration: string } }]>('INFO FOR DB');
    expect(info.tables.migration).toContain('PERMISSIONS NONE');
  });

  it('creates service users and changes only those with another password', async () => {
    const runner = { name: 'runner', password: 'with "quotes" and \\ and \'' };
    const api = { name: 'my-api', password: 'p' };
    expect((await migrate(link, [], [runner, api])).users).toEqual(['runner', 'my-api']);
    expect((await migrate(link, [], [runner, api])).users).toEqual([]);
    const moved = { ...api, password: 'q' };
    expect((await migrate(link, [], [runner, moved])).users).toEqual(['my-api']);

    const service = new Surreal();
    onTestFinished(async () => void (await service.close()));
    await service.connect(server.url);
    const { namespace, database: name } = target;
    await service.signin({ namespace, database: name, username: runner.name, password: runner.password });
    await service.signin({ namespace, database: name, username: moved.name, password: moved.password });
    await expect(
      service.signin({ namespace, database: name, username: api.name, password: api.password }),
    ).rejects.toThrow();
  });
});

describe('migrationStatus', () => {
  it('reports the state of each file and changes nothing', async () => {
    expect(await migrationStatus(link, [SCHEMA, SEED])).toEqual([
      { name: SCHEMA.name, kind: 'schema', state: 'pending' },
      { name: SEED.name, kind: 'migration', state: 'pending' },
    ]);
    const [info] = await database.query<[{ tables: object }]>('INFO FOR DB');
    expect(info.tables).toEqual({});

    await migrate(link, [SCHEMA, SEED], []);
    const changed = file(SEED.name, 'RETURN 1');
    const gone = [file(SCHEMA.name, '-- other'), changed, file('migrations/0002.surql', '')];
    expect((await migrationStatus(link, gone)).map(({ state }) => state)).toEqual(['pending', 'changed', 'pending']);
    expect((await migrationStatus(link, [SCHEMA])).map(({ state }) => state)).toEqual(['applied', 'missing']);
  });
});

it('reports a refused user and a database that does not answer', async () => {
  const wrong = withOwner({ ...target, password: 'wrong' }, async () => {});
  await expect(wrong).rejects.toMatchObject({ code: 'SPOOKY_CLI_DATABASE_UNREACHABLE' });
  await expect(wrong).rejects.toThrow('refuses the user root');
  const nowhere = withOwner({ ...target, url: 'ws://127.0.0.1:1/rpc' }, async () => {});
  await expect(nowhere).rejects.toThrow('does not answer');
});
