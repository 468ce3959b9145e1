import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { FIXTURE_OUTBOX } from '../testing/fixture.ts';
import { SpookyProcess } from '../testing/spooky-process.ts';
import { type CheckResult, runCheck } from './check.ts';
import { createProject } from './testing/project.ts';

const TABLES = 'DEFINE TABLE user PERMISSIONS FULL; DEFINE TABLE thread PERMISSIONS FULL;';

async function check(schema: string): Promise<CheckResult> {
  await using project = await createProject(`${TABLES}\n${schema}`, FIXTURE_OUTBOX);
  const result = await runCheck(undefined, { cwd: project.root, env: {} });
  // Ignores faults of the job table.
  return { ...result, warnings: result.warnings.filter(({ path: place }) => !place.startsWith('job')) };
}

describe('runCheck', () => {
  it('refuses a table without PERMISSIONS, and one with a name of the engine', async () => {
    const result = await check('DEFINE TABLE note SCHEMAFULL;\n  DEFINE TABLE spooky_note PERMISSIONS NONE;');
    expect(result).toMatchObject({
      ok: false,
      issues: [
        {
          ...{ code: 'SPOOKY_CONFIG_NO_PERMISSIONS', path: 'note', line: 2, column: 1 },
          message: expect.stringMatching(
            /^has no PERMISSIONS, so browsers cannot see it and it gets no type; add .*PERMISSIONS NONE/,
          ),
        },
        {
          ...{ code: 'SPOOKY_CONFIG_RESERVED_TABLE', path: 'spooky_note', line: 3, column: 3 },
          message: expect.stringContaining('rename the table'),
        },
      ],
    });
  });

  it('refuses a table with only fields defined, and a call of an unknown function', async () => {
    const result = await check(
      'DEFINE FIELD title ON ghost TYPE string;\n  DEFINE TABLE note PERMISSIONS FOR select WHERE fn::nope($this) FOR create FULL;',
    );
    expect(result).toMatchObject({
      ok: false,
      issues: [
        { code: 'SPOOKY_CONFIG_NO_PERMISSIONS', path: 'ghost', line: 2, column: 1 },
        { code: 'SPOOKY_CONFIG_UNKNOWN_FUNCTION', path: 'fn::nope', line: 3, column: 50 },
      ],
    });
  });

  it('warns of a route whose path has parameters, for which a job has no values', async () => {
    await using project = await createProject(TABLES, FIXTURE_OUTBOX);
    const spec = `openapi: 3.1.0\npaths:\n  /go: { post: {} }\n  /threads/{id}/go: { post: {} }\n`;
    await project.write('openapi.yaml', spec);
    expect(await runCheck(undefined, { cwd: project.root, env: {} })).toMatchObject({
      ok: true,
      warnings: expect.arrayContaining([
        {
          ...{ code: 'SPOOKY_CONFIG_UNUSED_OPERATION', severity: 'warning', line: 4, column: 3 },
          ...{ file: path.join(project.root, 'openapi.yaml'), path: 'paths["/threads/{id}/go"]' },
          message: expect.stringContaining('a job has no value for {id}'),
        },
      ]),
    });
  });

  it('warns only of keys without an index by which permissions find a reader’s rows', async () => {
    const note = `DEFINE TABLE note PERMISSIONS FOR select WHERE author = $auth.id AND owner = $auth.id;
      DEFINE INDEX both ON note FIELDS author, about; DEFINE FIELD author ON note TYPE record<user>;
      DEFINE FIELD owner ON note TYPE option<record<user>>; DEFINE FIELD about ON note TYPE record<thread>;`;
    const warning = {
      code: 'SPOOKY_CONFIG_UNINDEXED_KEY',
      severity: 'warning',
      path: 'note.owner',
      line: 4,
      column: 7,
    };
    expect(await check(note)).toMatchObject({ ok: true, warnings: [warning] });
    expect(await check(`${note} DEFINE INDEX owner ON note FIELDS owner;`)).toMatchObject({ ok: true, warnings: [] });
  });

  it('warns of a permission that live views cannot compile', async () => {
    const where = 'author.name CONTAINSANY (SELECT VALUE title FROM thread)';
    const result = await check(`DEFINE TABLE note PERMISSIONS FOR select WHERE ${where} FOR create NONE;`);
    expect(result).toMatchObject({
      ok: true,
      warnings: [{ code: 'SPOOKY_CONFIG_SLOW_PERMISSION', severity: 'warning', path: 'note', line: 2, column: 1 }],
    });
  });
});

describe('spooky check', () => {
  it('prints warnings and exits with 0', { timeout: 60_000 }, async () => {
    const select = 'FOR select WHERE author = $auth.id';
    const note = `DEFINE TABLE note PERMISSIONS ${select}; DEFINE FIELD author ON note TYPE record<user>;`;
    await using project = await createProject(`${TABLES}\n${note}`, FIXTURE_OUTBOX);
    const text = new SpookyProcess(['check'], project.root);
    expect(await text.exited).toBe(0);
    expect(text.text).toMatch(/schema\/schema\.surql:2:67 note\.author: warning: .+\n(?:.+\n)*sp00ky\.yml is valid: /);
    const json = new SpookyProcess(['check', '--json'], project.root);
    expect(await json.exited).toBe(0);
    const warning = expect.objectContaining({ code: 'SPOOKY_CONFIG_UNINDEXED_KEY', path: 'note.author' });
    expect(json.events).toMatchObject([
      { event: 'check', ok: true, issues: [], warnings: expect.arrayContaining([warning]) },
    ]);
  });
});
