import { readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { SpookyConfig } from '@spookify/config';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadWithoutTokens } from '../load-without-tokens.ts';
import { FIXTURE_OUTBOX } from '../testing/fixture.ts';
import { type MiniProject, miniProject } from '../testing/mini-project.ts';
import { runCheck } from './check.ts';
import { runGenerate } from './generate.ts';
import { generatePayloads, payloadFileOf } from './generate-payloads.ts';
import { generateTypes } from './generate-types.ts';
import { readSchema } from './schema.ts';
import { createProject } from './testing/project.ts';
import { typeErrors } from './testing/type-errors.ts';

const typesOf = async (config: SpookyConfig) =>
  generateTypes(config, (await readSchema(config)).tables, 'schema.payloads.gen.ts');

let mini: MiniProject;
beforeAll(async () => {
  mini = await miniProject({ types: true });
});
afterAll(() => mini.remove());

describe('the schema of an application', () => {
  test('generates types and values', async () => {
    const text = await typesOf(await loadWithoutTokens({ cwd: mini.root, env: {} }));
    for (const line of [
      "import { defineSchema, type DateTime, type Duration, type RecordId } from '@spookify/client';",
      // Rows have every field that a client may read. Credentials and receipts are in tables that no client can read.
      "    row: { id: RecordId<'user'>; created_at: DateTime; username: string };",
      "      suggestions: { table: 'suggestion'; many: true };",
      "      status: 'pending' | 'processing' | 'success' | 'failed';",
      '      errors: Record<string, unknown>[];',
      '      result?: unknown;',
      // Creates and updates have the fields that the database does not set itself.
      "    create: { author?: RecordId<'user'>; content: string; thread: RecordId<'thread'> };",
      "    update: { request?: 'cancel' | 'retry' | undefined };",
      '    update: never;',
      // Fields in which the client converts text to a record id.
      "      records: ['author', 'thread'],",
      "      jobs: { table: 'job'; many: true };",
      "        comments: { table: 'comment', many: true, field: 'thread' },",
      "        jobs: { table: 'job', many: true, field: 'assigned_to' },",
      "        suggestions: { table: 'suggestion', many: true, field: 'thread' },",
      "      fields: ['id', 'created_at', 'username'],",
      "  api: { '/spookify': { payload: { id: string }; result: { writer: string } } };",
      // What a new record gets, as far as it is certain without the database.
      "      defaults: { author: { is: 'user' }, created_at: { is: 'now' } },",
      "        retry_strategy: { value: 'linear' },",
      '        payload: { value: {} },',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
    expect(text).not.toMatch(/password|credential|receipt/);
  });

  test('gives the same text every time', async () => {
    const config = await loadWithoutTokens({ cwd: mini.root, env: {} });
    expect(await typesOf(config)).toBe(await typesOf(config));
  });

  test('compiles in strict mode and rejects wrong uses', { timeout: 120_000 }, async () => {
    const config = await loadWithoutTokens({ cwd: mini.root, env: {} });
    const text = await typesOf(config);
    const right = [
      `const create: Tables['thread']['create'] = { title: 'a', content: 'b' };`,
      `const update: Tables['suggestion']['update'] = { title: undefined };`,
      `const status = (row: Tables['job']['row']): 'pending' | 'processing' | 'success' | 'failed' => row.status;`,
      `const payload: Backends['api']['/spookify']['payload'] = { id: 'thread:1' };`,
      `const writer = (result: Backends['api']['/spookify']['result']): string => result.writer;`,
    ];
    const wrong = [
      `const noContent: Tables['thread']['create'] = { title: 'a' };`,
      `const forged: Tables['thread']['create'] = { title: 'a', content: 'b', created_at: null };`,
      `const readonly: Tables['job']['update'] = { path: '/other' };`,
      `const forbidden: Tables['comment']['update'] = {};`,
      `const forgedSuggestion: Tables['suggestion']['create'] = { title: 'a' };`,
      `const forgedWriter: Tables['suggestion']['update'] = { written_by: 'me' };`,
      `const number: Backends['api']['/spookify']['payload'] = { id: 5 };`,
    ];
    expect(typeErrors(text, right, generatePayloads(config))).toEqual([]);
    expect(typeErrors(text, wrong).map(({ line }) => line)).toEqual(wrong);
  });
});

const SCHEMA = `
DEFINE TABLE person SCHEMAFULL PERMISSIONS FULL;
DEFINE TABLE thing SCHEMAFULL PERMISSIONS FOR select, create, update FULL FOR delete NONE;
DEFINE TABLE hidden SCHEMAFULL PERMISSIONS NONE;
DEFINE FIELD text ON thing TYPE string;
DEFINE FIELD given ON thing TYPE string DEFAULT 'x';
DEFINE FIELD \`odd name\` ON thing TYPE option<string>;
DEFINE FIELD either ON thing TYPE 'a' | 5 | true | [int, string] | { x: int, y: option<string> };
DEFINE FIELD maybe ON thing TYPE int | null;
DEFINE FIELD list ON thing TYPE array<string | int>;
DEFINE FIELD nested ON thing TYPE array<array<bool>, 3>;
DEFINE FIELD links ON thing TYPE array<record<person>>;
DEFINE FIELD anyone ON thing TYPE option<record<person | thing>>;
DEFINE FIELD owner ON thing TYPE record<person>;
DEFINE FIELD friend ON thing TYPE option<record<person>>;
DEFINE FIELD enemy ON thing TYPE option<record<person>>;
DEFINE INDEX thing_owner ON thing FIELDS owner, given;
DEFINE INDEX thing_friend ON thing FIELDS friend UNIQUE;
DEFINE INDEX thing_given ON thing FIELDS given, enemy;
DEFINE FIELD lost ON thing TYPE record<hidden>;
DEFINE FIELD settings ON thing TYPE object DEFAULT {};
DEFINE FIELD settings.theme ON thing TYPE 'dark' | 'light';
DEFINE FIELD settings.size ON thing TYPE int DEFAULT 5;
DEFINE FIELD tags ON thing TYPE array<object> DEFAULT [];
DEFINE FIELD notes ON thing TYPE array<object>;
DEFINE FIELD notes.*.text ON thing TYPE string;
DEFINE FIELD notes.*.at ON thing TYPE option<datetime>;
DEFINE FIELD extra ON thing TYPE object FLEXIBLE;
DEFINE FIELD extra.known ON thing TYPE float;
DEFINE FIELD exact ON thing TYPE decimal;
DEFINE FIELD sum ON thing COMPUTED 1 + 1;
DEFINE FIELD now ON thing TYPE datetime VALUE time::now();
DEFINE FIELD trimmed ON thing TYPE string VALUE string::trim($value);
DEFINE FIELD filled ON thing TYPE string VALUE $value ?? 'x';
DEFINE FIELD owned ON thing TYPE string VALUE IF $access != NONE { $before ?? 'x' } ELSE { $value };
DEFINE FIELD once ON thing TYPE string READONLY;
DEFINE FIELD mine ON thing TYPE string PERMISSIONS FOR select WHERE owner = $auth.id FOR create FULL FOR update NONE;
DEFINE FIELD secret ON thing TYPE string DEFAULT 'x' PERMISSIONS FOR select NONE;
`;

/** The place of a text in the fixture's outbox file. */
const lineOf = (text: string): number => FIXTURE_OUTBOX.slice(0, FIXTURE_OUTBOX.indexOf(text)).split('\n').length;

/** The lines of one member of the table `thing`. */
function members(text: string, part: 'row' | 'create' | 'update'): string[] {
  const thing = text.slice(text.indexOf('  thing: {'));
  const [, block = ''] = new RegExp(`    ${part}: \\{\\n(.*?)\\n    \\};`, 's').exec(thing) ?? [];
  return block.split('\n').map((line) => line.trim().replace(/;$/, ''));
}

describe('any schema', () => {
  test('has types for what a client may read, insert and change', async () => {
    await using project = await createProject(SCHEMA, 'DEFINE TABLE job;');
    const text = await typesOf(await loadWithoutTokens({ cwd: project.root, env: {} }));
    expect(members(text, 'row')).toEqual([
      "id: RecordId<'thing'>",
      "'odd name'?: string | undefined",
      "anyone?: RecordId<'person'> | RecordId<'thing'> | undefined",
      "either: 'a' | 5 | true | [number, string] | { x: number; y?: string | undefined }",
      "enemy?: RecordId<'person'> | undefined",
      'exact: unknown',
      'extra: { known: number; [key: string]: unknown }',
      'filled: string',
      "friend?: RecordId<'person'> | undefined",
      'given: string',
      "links: RecordId<'person'>[]",
      'list: Array<string | number>',
      "lost: RecordId<'hidden'>",
      'maybe: number | null',
      'mine?: string | undefined',
      'nested: boolean[][]',
      'notes: { at?: DateTime | undefined; text: string }[]',
      'now: DateTime',
      'once: string',
      'owned: string',
      "owner: RecordId<'person'>",
      "settings: { size: number; theme: 'dark' | 'light' }",
      'sum?: unknown',
      'tags: Record<string, unknown>[]',
      'text: string',
      'trimmed: string',
    ]);
    expect(members(text, 'create')).toEqual([
      "'odd name'?: string | undefined",
      "anyone?: RecordId<'person'> | RecordId<'thing'> | undefined",
      "either: 'a' | 5 | true | [number, string] | { x: number; y?: string | undefined }",
      "enemy?: RecordId<'person'> | undefined",
      'exact: unknown',
      'extra: { known: number; [key: string]: unknown }',
      'filled?: string',
      "friend?: RecordId<'person'> | undefined",
      'given?: string',
      "links: RecordId<'person'>[]",
      'list: Array<string | number>',
      "lost: RecordId<'hidden'>",
      'maybe: number | null',
      'mine: string',
      'nested: boolean[][]',
      'notes: { at?: DateTime | undefined; text: string }[]',
      'once: string',
      "owner: RecordId<'person'>",
      'secret?: string',
      "settings?: { size?: number; theme: 'dark' | 'light' }",
      'tags?: Record<string, unknown>[]',
      'text: string',
      'trimmed: string',
    ]);
    const update = members(text, 'update');
    expect(update).toContain("settings?: { size?: number; theme?: 'dark' | 'light' }");
    // An update replaces the items of a list completely.
    expect(update).toContain('notes?: { at?: DateTime | undefined; text: string }[]');
    for (const name of ['once', 'mine', 'owned', 'now', 'sum']) expect(update.join()).not.toContain(`${name}?`);
    expect(text).toContain("        things: { table: 'thing', many: true, field: 'friend' },");
    expect(text).toContain("        things_owner: { table: 'thing', many: true, field: 'owner' },");
    expect(text).toContain('      enemy: ');
    // No relation back, because its index begins with another field.
    expect(text).not.toContain('things_enemy');
    expect(text).not.toContain('  hidden: {');
    expect(text).toContain("'/empty': { payload: Record<string, never>; result: unknown }");
    expect(text).toContain(
      "'/go': { payload: { id: string; mood: 'dark' | 'light'; tags?: string[] }; result: { at: number } | null };",
    );
    // Only what is certain: `settings` has nested fields that may have defaults, and `filled` and `owned` depend on what is written.
    expect(text).toContain("      defaults: { given: { value: 'x' }, now: { is: 'now' }, tags: { value: [] } },");
    expect(typeErrors(text, [])).toEqual([]);
  });

  test('reports the place of a statement that the engine refuses', async () => {
    await using project = await createProject(
      'DEFINE TABLE a;\nDEFINE FIELD x ON a TYPE strng;\n',
      'DEFINE TABLE job;',
    );
    expect(await runCheck(undefined, { cwd: project.root, env: {} })).toMatchObject({
      ok: false,
      issues: [
        {
          code: 'SPOOKY_CONFIG_BAD_SCHEMA',
          file: path.join(project.root, 'schema/schema.surql'),
          line: 2,
          column: 26,
        },
      ],
    });
  });
});

describe('runGenerate', () => {
  test('writes once, does not write unchanged files, and detects drift without writing', async () => {
    await using project = await createProject(
      'DEFINE TABLE note PERMISSIONS FULL;',
      'DEFINE TABLE job PERMISSIONS NONE;',
    );
    const load = () => loadWithoutTokens({ cwd: project.root, env: {} });
    const config = await load();
    const types = path.join(project.root, 'web/schema.gen.ts');
    const payloads = path.join(project.root, 'web/schema.payloads.gen.ts');
    const states = async (check: boolean, now = config) => {
      const files = await runGenerate(now, { check });
      return Object.fromEntries(files.map(({ file, state }) => [file, state]));
    };
    expect(await states(true)).toEqual({ [payloads]: 'stale', [types]: 'stale' });
    await expect(stat(types)).rejects.toThrow('ENOENT');
    expect(await states(false)).toEqual({ [payloads]: 'written', [types]: 'written' });
    const before = await stat(types);
    expect(await states(false)).toEqual({ [payloads]: 'unchanged', [types]: 'unchanged' });
    expect((await stat(types)).mtimeMs).toBe(before.mtimeMs);
    expect(await states(true)).toEqual({ [payloads]: 'unchanged', [types]: 'unchanged' });

    await project.write('schema/schema.surql', 'DEFINE TABLE note PERMISSIONS FULL; DEFINE FIELD x ON note TYPE int;');
    expect(await states(true)).toEqual({ [payloads]: 'unchanged', [types]: 'stale' });
    expect(await readFile(types, 'utf8')).not.toContain('x: number');
    expect(await states(false)).toEqual({ [payloads]: 'unchanged', [types]: 'written' });
    expect(await readFile(types, 'utf8')).toContain('x: number');

    // A change that types do not express.
    const spec = await readFile(path.join(project.root, 'openapi.yaml'), 'utf8');
    await project.write('openapi.yaml', spec.replace('id: { type: string }', 'id: { type: string, maxLength: 9 }'));
    expect(await states(true, await load())).toEqual({ [payloads]: 'stale', [types]: 'unchanged' });
    await rm(payloads);
    expect(await states(false)).toEqual({ [payloads]: 'written', [types]: 'unchanged' });
  });

  test('reports a table that would be missing from the types and writes nothing', async () => {
    const schema = 'DEFINE TABLE note SCHEMAFULL;\nDEFINE FIELD title ON ghost TYPE string;';
    await using project = await createProject(schema, 'DEFINE TABLE job PERMISSIONS NONE;');
    const config = await loadWithoutTokens({ cwd: project.root, env: {} });
    await expect(runGenerate(config)).rejects.toMatchObject({
      issues: [
        { code: 'SPOOKY_CONFIG_NO_PERMISSIONS', path: 'note', line: 1 },
        { code: 'SPOOKY_CONFIG_NO_PERMISSIONS', path: 'ghost', line: 2 },
      ],
    });
    await expect(stat(path.join(project.root, 'web/schema.gen.ts'))).rejects.toThrow('ENOENT');
  });

  test('accepts a checkout with CRLF as up to date', async () => {
    await using project = await createProject(
      'DEFINE TABLE note PERMISSIONS FULL;',
      'DEFINE TABLE job PERMISSIONS NONE;',
    );
    const config = await loadWithoutTokens({ cwd: project.root, env: {} });
    await project.write('web/schema.gen.ts', (await typesOf(config)).replaceAll('\n', '\r\n'));
    expect(await runGenerate(config, { check: true })).toContainEqual({
      file: path.join(project.root, 'web/schema.gen.ts'),
      state: 'unchanged',
    });
  });

  test.each([
    ['web/schema.gen.ts', 'web/schema.payloads.gen.ts'],
    ['types.ts', 'types.payloads.ts'],
    ['a.b/types', 'a.b/types.payloads.ts'],
  ])('writes the checks of payloads beside %s as %s', (output, payloads) => {
    expect(payloadFileOf(path.normalize(output))).toBe(path.normalize(payloads));
  });
});

describe('runCheck', () => {
  test('accepts a whole project without any secret set', async () => {
    expect(await runCheck(undefined, { cwd: mini.root, env: {} })).toMatchObject({ ok: true });
  });

  test('refuses fields that look protected but are not', async () => {
    await using project = await createProject(
      `DEFINE TABLE user PERMISSIONS NONE; DEFINE TABLE thread PERMISSIONS FULL;
DEFINE FIELD author ON thread TYPE record<user>; DEFINE INDEX author ON thread FIELDS author;
DEFINE FIELD secret ON user TYPE string PERMISSIONS FOR select NONE;
DEFINE FIELD secret ON thread TYPE string
  PERMISSIONS FOR select WHERE author = $auth.id;`,
      FIXTURE_OUTBOX.replace('TYPE option<record<thread>> READONLY', 'TYPE option<record<thread>> REFERENCE READONLY'),
    );
    expect(await runCheck(undefined, { cwd: project.root, env: {} })).toEqual({
      ok: false,
      issues: [
        {
          code: 'SPOOKY_CONFIG_UNSAFE_FIELD',
          file: path.join(project.root, 'schema/schema.surql'),
          line: 4,
          column: 1,
          path: 'thread.secret',
          message: expect.any(String),
        },
        {
          code: 'SPOOKY_CONFIG_UNSAFE_FIELD',
          file: path.join(project.root, 'schema/job.surql'),
          line: lineOf('DEFINE FIELD OVERWRITE assigned_to'),
          column: 1,
          path: 'job.assigned_to',
          message: expect.stringContaining('write DEFINE INDEX job_assigned_to ON job FIELDS assigned_to'),
        },
      ],
      warnings: expect.any(Array),
    });
  });

  test('checks a named file and returns the faults of the config', async () => {
    await using project = await createProject('', 'DEFINE TABLE job;');
    await project.write('other.yml', 'mood: dark\n');
    expect(await runCheck('other.yml', { cwd: project.root, env: {} })).toMatchObject({
      ok: false,
      issues: [{ code: 'SPOOKY_CONFIG_UNKNOWN_KEY', path: 'mood', line: 1 }],
    });
  });

  test('reports missing fields of a job table at their definition or the table', async () => {
    await using project = await createProject(
      'DEFINE TABLE user PERMISSIONS NONE; DEFINE TABLE thread PERMISSIONS NONE;',
      FIXTURE_OUTBOX.replace(
        /DEFINE FIELD OVERWRITE retries ON job TYPE int/,
        'DEFINE FIELD OVERWRITE retries ON job TYPE string',
      ).replace(/^DEFINE FIELD OVERWRITE partition[^;]*;/m, ''),
    );
    const result = await runCheck(undefined, { cwd: project.root, env: {} });
    expect(result).toMatchObject({
      issues: [
        { path: 'job.partition', line: lineOf('DEFINE TABLE OVERWRITE job'), column: 1 },
        { code: 'SPOOKY_CONFIG_BAD_JOB_TABLE', path: 'job.retries', line: lineOf('DEFINE FIELD OVERWRITE retries') },
      ],
    });
  });

  test('reports a job table that no file defines', async () => {
    await using project = await createProject(
      'DEFINE TABLE user PERMISSIONS NONE;',
      'DEFINE TABLE jobs PERMISSIONS NONE;',
    );
    expect(await runCheck(undefined, { cwd: project.root, env: {} })).toMatchObject({
      issues: [{ path: 'job', message: expect.stringContaining('run spooky outbox add api') }],
    });
  });
});
