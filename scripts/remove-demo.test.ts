/**
 * Tests `npm run remove-demo` in a clone of the last commit. `npm run test:without-demo` runs all tests of what is left.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type Clone, cloneHead } from './remove-demo/clone.ts';

vi.setConfig({ testTimeout: 1_200_000, hookTimeout: 600_000 });

const FILES = path.join(import.meta.dirname, 'remove-demo/files');
const SCRIPT = 'scripts/remove-demo/remove-demo.ts';

const WINDOWS = ['openapi.yaml', 'schema/schema.surql', 'docker-compose.yml'];

let clone: Clone;
const at = (file: string): string => path.join(clone.folder, file);
const read = (file: string): string => readFileSync(at(file), 'utf8');
const git = (...args: string[]): string => execFileSync('git', args, { cwd: clone.folder, encoding: 'utf8' });

beforeAll(async () => {
  clone = await cloneHead();
  const license = read('LICENSE');
  writeFileSync(at('LICENSE'), `${license}\nAn edit.\n`);
  expect(() => clone.node(SCRIPT), 'a tree with changes').toThrow(/not committed/);
  expect(git('status', '--porcelain')).toBe(' M LICENSE\n');
  writeFileSync(at('LICENSE'), license);
  // As in a checkout on Windows.
  for (const file of WINDOWS) writeFileSync(at(file), `\uFEFF${read(file).replaceAll('\n', '\r\n')}`);
  git('-c', 'user.name=a', '-c', 'user.email=a@example.org', 'commit', '--quiet', '--all', '--message', 'Use CRLF');
  expect(clone.node(SCRIPT)).toMatch(/Removed \d+ files, changed \d+, added \d+/);
});
afterAll(() => clone.close());

it('leaves nothing of the demo in the files of the owner', () => {
  const demo = ['openai', 'suggestion', "'/spookify'", 'threads', 'comments'].flatMap((word) => ['-e', word]);
  const places = ['apps', 'e2e', 'schema', 'tests', 'openapi.yaml', 'docker-compose.yml', '.env.example', 'README.md'];
  const search = () => git('grep', '--untracked', '-Iin', ...demo, '--', ...places, ':!schema/outbox', ':!docs');
  // git exits with 1 if it finds nothing.
  expect(search).toThrow(expect.objectContaining({ status: 1, stdout: '' }));
  expect(read('openapi.yaml')).toContain('paths: {}');
  expect(read('apps/api/src/routes/index.ts')).toBe(
    readFileSync(path.join(FILES, 'apps/api/src/routes/index.ts'), 'utf8'),
  );
  expect(JSON.parse(read('package.json')).scripts).not.toHaveProperty('remove-demo');
});

it('keeps byte-order marks and the line ends of Windows', () => {
  for (const file of WINDOWS) expect(read(file), file).toMatch(/^\uFEFF(?:[^\r\n]*\r\n)+$/);
});

it('refuses to run when the demo is already removed', () => {
  const again = () =>
    clone.node(path.join(import.meta.dirname, 'remove-demo/remove-demo.ts'), '--folder', clone.folder);
  expect(again).toThrow(/The demo is already removed/);
});

it('leaves an app that is formatted, typed and valid', () => {
  const bin = (name: string, ...args: string[]) => clone.node(path.join('node_modules', name), ...args);
  bin('@biomejs/biome/bin/biome', 'check');
  for (const part of ['apps/api', 'apps/web', 'e2e', 'tsconfig.json'])
    bin('typescript/bin/tsc', '--noEmit', '-p', part);
  expect(clone.node('--conditions=source', 'packages/cli/src/main.ts', 'check')).toContain('sp00ky.yml is valid');
});
