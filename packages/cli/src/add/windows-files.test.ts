/** Commands that edit files of a project as Windows programs leave them, or refuse them. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { loadConfig } from '@spookify/config';
import { beforeEach, expect, it, vi } from 'vitest';
import { runCheck } from '../generate/check.ts';
import { runGenerate } from '../generate/generate.ts';
import { readSchemaFiles } from '../migrate/schema-files.ts';
import { upgradeOutboxes } from '../outbox/upgrade.ts';
import { type MiniProject, miniProject } from '../testing/mini-project.ts';
import { addBackend } from './backend/add-backend.ts';
import { addRoute } from './route.ts';
import { addTable } from './table/add-table.ts';

vi.setConfig({ testTimeout: 120_000 });

const ENV = { API_AUTH_TOKEN: 'a', MAIL_AUTH_TOKEN: 'b' };
const EDITED = ['sp00ky.yml', 'openapi.yaml', 'schema/schema.surql', 'schema/outbox/api.surql'];

let project: MiniProject;
const at = (name: string): string => path.join(project.root, name);
const read = (name: string): Promise<string> => readFile(at(name), 'utf8');
const options = () => ({ file: at('sp00ky.yml'), env: ENV });
const crlf = (text: string): string => text.replaceAll('\r\n', '\n').replaceAll('\n', '\r\n');

beforeEach(async () => {
  project = await miniProject({ types: true, more: '# The end.\n' });
  return () => project.remove();
});

it('edits files with a byte-order mark and CRLF, and keeps both', async () => {
  const clean = await readSchemaFiles(await loadConfig(options()));
  for (const name of EDITED) await project.write(name, `\uFEFF${crlf(await read(name))}`);
  const config = await loadConfig(options());
  // Otherwise a checkout on Windows would seem to have other migrations.
  expect(await readSchemaFiles(config)).toEqual(clean);

  await addRoute('/echo', 'api', config);
  await addTable({ name: 'note', users: 'user' }, options());
  await addBackend({ name: 'mail', port: 21_371 }, options());
  for (const name of EDITED) expect(await read(name), name).toMatch(/^\uFEFF(?:[^\uFEFF\r\n]*\r\n)+$/);
  expect(await read('sp00ky.yml')).toContain('# The end.');
  expect((await upgradeOutboxes('mail', true, options())).map(({ state }) => state)).toEqual(['unchanged']);
  expect(await runCheck(at('sp00ky.yml'), { env: ENV })).toMatchObject({ ok: true, warnings: [] });
});

it('edits a spec and a config with anchors and merge keys', async () => {
  await project.write('openapi.yaml', `x-base: &base\n  summary: A base. # kept\n${await read('openapi.yaml')}`);
  await project.write(
    'sp00ky.yml',
    (await read('sp00ky.yml'))
      .replace('  api:\n', '  api: &api\n')
      .replace(
        '# The end.',
        '  second:\n    <<: *api\n    method: { type: outbox, table: second_job, schema: ./schema/outbox/second.surql }\n    dev: "true"\n    baseUrl: http://127.0.0.1:21372',
      ),
  );
  await project.write(
    'schema/outbox/second.surql',
    (await read('schema/outbox/api.surql')).replaceAll(/\bjob\b/g, 'second_job'),
  );
  await addRoute('/echo', 'api', await loadConfig(options()));
  await addBackend({ name: 'mail', port: 21_371 }, options());
  expect(await read('openapi.yaml')).toContain('summary: A base. # kept');
  const { backends } = await loadConfig(options());
  expect(Object.keys(backends)).toEqual(['api', 'second', 'mail']);
  expect(Object.keys(backends.second?.routes ?? {})).toContain('/echo');
});

it('refuses UTF-16 in every file that it reads, by name, and leaves all as they are', async () => {
  const config = await loadConfig(options());
  const utf16 = Buffer.from('\uFEFF-- text', 'utf16le');
  for (const [name, act] of [
    ['schema/schema.surql', () => runGenerate(config)],
    ['schema/schema.surql', () => addTable({ name: 'note', users: 'user' }, options())],
    ['schema/outbox/api.surql', () => upgradeOutboxes('api', false, options())],
    ['schema/outbox/api.surql', () => readSchemaFiles(config)],
    ['schema/migrations/0001-a.surql', () => readSchemaFiles(config)],
    ['schema.gen.ts', () => runGenerate(config)],
    ['openapi.yaml', () => addRoute('/echo', 'api', config)],
    ['sp00ky.yml', () => addBackend({ name: 'mail', port: 21_371 }, options())],
  ] as const) {
    const before = await read(name).catch(() => '');
    await project.write(name, '');
    await writeFile(at(name), utf16);
    await expect(act(), name).rejects.toThrow(`${name}:1:1: this is UTF-16; save it as UTF-8`);
    expect(await readFile(at(name))).toEqual(utf16);
    await project.write(name, before);
  }
});
