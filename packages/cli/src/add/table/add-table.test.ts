/** A project without a web app, flows or a test of permissions. docs/adding-a-table.test.ts tries one with all of them. */
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { runCheck } from '../../generate/check.ts';
import { type MiniProject, miniProject } from '../../testing/mini-project.ts';
import { addTable } from './add-table.ts';

let project: MiniProject;
const at = (name: string): string => path.join(project.root, name);
const schema = (): Promise<string> => readFile(at('schema/schema.surql'), 'utf8');
const add = (name: string, users = 'user') => addTable({ name, users }, { cwd: project.root, env: {} });

beforeEach(async () => {
  project = await miniProject({ types: true });
  return () => project.remove();
});

it('adds a table that passes the check, and says what it found no place for', async () => {
  expect(await add('meeting_note')).toEqual({
    table: 'meeting_note',
    files: [at('schema/schema.surql'), at('schema.gen.ts')],
    left: [
      'test who may read and write rows of meeting_note',
      "show the rows in your front end: db.query('meeting_note')",
    ],
  });
  expect(await runCheck(undefined, { cwd: project.root, env: {} })).toMatchObject({ ok: true, warnings: [] });
  const types = await readFile(at('schema.gen.ts'), 'utf8');
  expect(types).toContain("    create: { owner?: RecordId<'user'>; text: string };");
  expect(types).toContain("meeting_notes: { table: 'meeting_note', many: true, field: 'owner' }");
});

it('changes nothing for a table that is there, or for people who are not', async () => {
  const before = await schema();
  await expect(add('thread')).rejects.toMatchObject({ code: 'SPOOKY_CLI_FILE_EXISTS' });
  await expect(add('job')).rejects.toMatchObject({ code: 'SPOOKY_CLI_FILE_EXISTS' });
  const nobody = { code: 'SPOOKY_CLI_BAD_ARGUMENT', message: expect.stringContaining('--users') };
  await expect(add('note', 'member')).rejects.toMatchObject(nobody);
  expect(await schema()).toBe(before);
});

it('takes the table back when the types cannot be written', async () => {
  const before = await schema();
  await mkdir(at('schema.gen.ts'));
  await expect(add('note')).rejects.toMatchObject({
    message: expect.stringContaining('schema.gen.ts:1:1: is a folder; name a file'),
  });
  expect(await schema()).toBe(before);
  await rm(at('schema.gen.ts'), { recursive: true });
  expect(await add('note')).toMatchObject({ table: 'note' });
});
