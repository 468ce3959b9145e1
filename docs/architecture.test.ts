/** docs/architecture.md has a row for every folder of the source tree. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = readFileSync(new URL('architecture.md', import.meta.url), 'utf8');
const files = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).split('\n');

/** The first cells of the table's rows that match: `| `name` | …`. */
const rows = (name: RegExp): string[] =>
  [...page.matchAll(/^\| `([^`]+)` \|/gm)].map(([, cell = '']) => cell).filter((cell) => name.test(cell));
/** The parts of tracked files' paths that match the first group. */
const folders = (path: RegExp): string[] => [...new Set(files.flatMap((file) => path.exec(file)?.slice(1, 2) ?? []))];

it('names every folder at the top, except hidden ones', () => {
  expect(rows(/^\w+\/$/).toSorted()).toEqual(folders(/^(\w+\/)/).toSorted());
});

it('names every package', () => {
  expect(rows(/^[\w-]+$/).filter((name) => files.includes(`packages/${name}/package.json`))).toEqual(
    expect.arrayContaining(folders(/^packages\/([\w-]+)\//)),
  );
});

it('names every folder of a package, except testing', () => {
  const inPackages = folders(/^packages\/([\w-]+\/src\/[\w-]+)\//).filter((folder) => !folder.endsWith('/testing'));
  expect(rows(/\/src\//).toSorted()).toEqual(inPackages.toSorted());
});
