import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { outsidePathsOf, type ProjectFile, wrongImportsOf } from './boundary.ts';
import { DIRECTIONS } from './directions.ts';

const root = path.resolve(import.meta.dirname, '../..');
const { name } = JSON.parse(readFileSync(path.join(root, 'packages/config/package.json'), 'utf8')) as { name: string };
const scope = name.replace(/config$/, '');

function filesOf(...patterns: string[]): ProjectFile[] {
  const found = globSync(patterns, { cwd: root, exclude: ['**/node_modules', '**/dist'] });
  return found.map((file) => ({
    path: file.replaceAll(path.sep, '/'),
    text: readFileSync(path.join(root, file), 'utf8'),
  }));
}
const code = filesOf('{packages,apps}/*/**/*.{ts,tsx,js}');

it('finds no path of the engine to files of the owner', () => {
  expect([...code, ...filesOf('packages/*/README.md')].flatMap(outsidePathsOf)).toEqual([]);
});

it('finds no import against the directions of the packages', () => {
  expect(code.flatMap((file) => wrongImportsOf(file, scope))).toEqual([]);
});

it('reads every package', () => {
  const seen = new Set(code.map((file) => file.path.split('/').slice(0, 2).join('/')));
  const engine = Object.keys(DIRECTIONS).filter((folder) => folder.startsWith('packages/'));
  expect([...seen]).toEqual(expect.arrayContaining(engine));
});

it.each([
  [
    'a path to the schema',
    'cli/src/a.test.ts',
    `new URL('../../../schema/schema.surql', import.meta.url)`,
    'schema/schema.surql',
  ],
  ['a template', 'cli/src/a.ts', `read(\`../../../apps/\${name}/package.json\`)`, 'apps/'],
  ['a path in pieces', 'cli/src/a.ts', `join(import.meta.dirname, '..', '..', '..', 'sp00ky.yml')`, 'sp00ky.yml'],
  ['the root', 'cli/src/jobs/a.ts', `const root = resolve(import.meta.dirname, '../../../..')`, '.'],
  [
    'an import',
    'client/src/a.test.ts',
    `import { schema } from '../../../apps/web/src/schema.gen.ts'`,
    'apps/web/src/schema.gen.ts',
  ],
  [
    'an example',
    'client/README.md',
    "```ts\nimport { db } from '../../apps/web/src/db.ts';\n```\n",
    'apps/web/src/db.ts',
  ],
])('notices %s', (_, file, text, target) => {
  expect(outsidePathsOf({ path: `packages/${file}`, text })).toContain(`packages/${file} names ${target}`);
});

it.each([
  ['cli/src/a.ts', `new URL('../bin/spooky.js', import.meta.url)`],
  ['runner/src/a.bench.ts', `import { compare } from '../../../bench/measure.ts'`],
  ['cli/src/a.test.ts', `write('schema/schema.surql', '')`],
  ['client/README.md', 'See [the decision](../../docs/decisions/0001-a.md).'],
])('allows %s with %s', (file, text) => {
  expect(outsidePathsOf({ path: `packages/${file}`, text })).toEqual([]);
});

it.each([
  ['packages/config/src/a.ts', `${scope}surreal-link`],
  ['packages/client/src/a.ts', `${scope}gateway`],
  ['packages/client/src/a.ts', '../../gateway/src/wire/index.ts'],
  ['packages/runner/src/a.ts', `${scope}embedded-surreal`],
  ['packages/runner/src/a.ts', './testing/backend.ts'],
  ['packages/runner/src/a.test.ts', `${scope}gateway`],
  ['packages/cli/src/a.test.ts', `${scope}api`],
  ['packages/cli/src/a.test.ts', '../../../apps/api/src/app.ts'],
  ['apps/web/src/a.ts', `${scope}gateway/wire`],
  ['apps/api/src/a.test.ts', '../../web/src/db.ts'],
  ['apps/mail/src/a.ts', `${scope}api`],
  ['apps/mail/src/a.ts', `${scope}runner`],
])('refuses in %s the import %s', (file, specifier) => {
  for (const text of [`import type { A } from '${specifier}';`, `const a = await import('${specifier}');`]) {
    expect(wrongImportsOf({ path: file, text }, scope)).toEqual([`${file} imports ${specifier}`]);
  }
});

it('reports a new package without directions', () => {
  expect(wrongImportsOf({ path: 'packages/new/src/a.ts', text: '' }, scope)).toEqual([
    'packages/new has no directions',
  ]);
});
