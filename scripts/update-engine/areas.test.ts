import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { areaOf } from './areas.ts';
import { ENTRIES, SCRIPTS, SECTIONS } from './manifest.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const page = readFileSync(path.join(ROOT, 'docs/updating.md'), 'utf8');

/** Returns the code spans of the table row that begins with one, without those of "everything else". */
function spansOf(begin: string): string[] {
  const row = page.split('\n').find((line) => line.startsWith(`| ${begin}`)) ?? '';
  return [...row.matchAll(/`([^`]+)`/g)].map(([, span = '']) => span);
}

it('gives each file the area that docs/updating.md names', () => {
  const files = execFileSync('git', ['ls-files'], { cwd: ROOT, encoding: 'utf8' }).split('\n');
  const areasIn = (span: string) =>
    new Set(files.filter((file) => file === span || (span.endsWith('/') && file.startsWith(span))).map(areaOf));
  const [engine, shared] = [spansOf('`packages/`, '), spansOf('`biome.json`')];
  expect([engine.length, shared.length]).toEqual([8, 7]);
  for (const span of engine) expect(areasIn(span), span).toEqual(new Set(['engine']));
  for (const span of shared) expect(areasIn(span), span).toEqual(new Set(['shared']));
  for (const span of [
    'schema/',
    'openapi.yaml',
    'sp00ky.yml',
    'apps/',
    'e2e/',
    'tests/',
    'deploy/',
    'package-lock.json',
  ]) {
    expect(spansOf('everything else')).toContain(span);
    expect(areasIn(span), span).toEqual(new Set(['owner']));
  }
  for (const name of ['errors.md', 'permissions.md', 'session.md']) expect(areaOf(`docs/${name}`)).toBe('owner');
  expect(areaOf('docs/glossary.md')).toBe('page');
});

it('lists the entries of package.json that docs/updating.md names', () => {
  expect(spansOf('`package.json`').slice(1).toSorted()).toEqual([...SECTIONS, ...SCRIPTS, ...ENTRIES].toSorted());
});
