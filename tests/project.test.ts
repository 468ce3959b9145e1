/** Tests the files at the root of the project with the engine. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { loadConfig } from '@spookify/config';
import { createPayloadValidator } from '@spookify/config/payload';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { runCheck } from '../packages/cli/src/generate/check.ts';
import { runGenerate } from '../packages/cli/src/generate/generate.ts';
import { readSchema } from '../packages/cli/src/generate/schema.ts';
import { loadWithoutTokens } from '../packages/cli/src/load-without-tokens.ts';
import { upgradeOutboxes } from '../packages/cli/src/outbox/upgrade.ts';

const PROJECT = { cwd: path.resolve(import.meta.dirname, '..'), env: {} };
const read = (name: string): Promise<string> => readFile(path.join(PROJECT.cwd, name), 'utf8');

it.each(['sp00ky.yml', 'sp00ky.external.yml'])('%s matches the JSON schema for editors', async (name) => {
  const { $schema: _, ...schema } = JSON.parse(await read('packages/config/sp00ky.schema.json'));
  expect(createPayloadValidator(schema)(parse(await read(name)))).toEqual({ ok: true });
});

it('passes spooky check without any secret', async () => {
  expect(await runCheck(undefined, PROJECT)).toMatchObject({ ok: true });
});

it('runs a service without the owner of an external database', async () => {
  const file = path.join(PROJECT.cwd, 'sp00ky.external.yml');
  const { surrealdb } = await loadConfig({ file, env: { API_AUTH_TOKEN: 'a-token-of-this-test' } });
  expect(surrealdb).toMatchObject({ hosting: 'external' });
});

it('has generated files that are up to date with the schema and the specs', async () => {
  const files = await runGenerate(await loadWithoutTokens(PROJECT), { check: true });
  expect(
    files.map(({ state }) => state),
    'run: npx spooky generate',
  ).toEqual(['unchanged', 'unchanged']);
});

it('has outbox files that equal the engine’s template, except for the rules of the project', async () => {
  const outboxes = await upgradeOutboxes(undefined, true, PROJECT);
  expect(outboxes.length).toBeGreaterThan(0);
  expect(outboxes.filter(({ state }) => state !== 'unchanged')).toEqual([]);
});

it('has no field whose visibility depends on the row', async () => {
  const { tables } = await readSchema(await loadWithoutTokens(PROJECT));
  const hidden = tables.flatMap(({ name, fields }) =>
    fields.filter(({ permissions }) => permissions.select !== true).map((field) => `${name}.${field.name}`),
  );
  expect(tables.length).toBeGreaterThan(3);
  expect(hidden).toEqual([]);
});
