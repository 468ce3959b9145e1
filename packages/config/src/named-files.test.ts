import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { namedFiles } from './named-files.ts';

async function named(text: string): Promise<{ files: string[]; schema: string }> {
  const root = await mkdtemp(path.join(tmpdir(), 'spooky-named-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  await writeFile(path.join(root, 'sp00ky.yml'), text);
  const { files, schema } = await namedFiles({ cwd: root, env: { SPEC: 'specs/b.yaml' } });
  return { files: files.map((file) => path.relative(root, file)), schema: path.relative(root, schema) };
}

test('names all files that loading reads, existing or not', async () => {
  const { files, schema } = await named(`
schema: ./db
frontend: { dev: { type: npm, script: dev, env-file: web.env } }
backends:
  a: { spec: ./a.yaml, method: { schema: db/outbox/a.surql }, dev: { type: uv, script: a.py, env-file: ./a.env } }
  b: { spec: "\${SPEC}", dev: cargo run }
`);
  expect(schema).toBe('db');
  expect(files).toEqual([
    ...['sp00ky.yml', '.env', 'db/schema.surql', 'a.yaml', 'db/outbox/a.surql', 'a.env', 'specs/b.yaml', 'web.env'],
  ]);
});

test.each([
  ['', 'is empty'],
  ['backends: [1, 2]\nschema: 7', 'has other types'],
  ['backends: { api: { spec: openapi.yaml\n', 'is no YAML'],
])('reads an invalid config as far as possible: %j %s', async (text) => {
  const { files, schema } = await named(text);
  expect(files.slice(0, 3)).toEqual(['sp00ky.yml', '.env', 'schema/schema.surql']);
  expect(schema).toBe('schema');
});
