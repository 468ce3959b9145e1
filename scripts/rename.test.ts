import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const root = fileURLToPath(new URL('..', import.meta.url));
const nameOf = (folder: string): string =>
  (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name: string }).name;
const former = nameOf(root);
let clone: string;

beforeAll(() => {
  clone = mkdtempSync(join(tmpdir(), 'spookify-rename-'));
  execFileSync('git', ['clone', '--quiet', '--depth', '1', `file://${root}`, clone]);
});
afterAll(() => rmSync(clone, { recursive: true, force: true }));

const rename = (name: string): string =>
  execFileSync(process.execPath, [join(root, 'scripts/rename.ts'), name, '--folder', clone], {
    encoding: 'utf8',
    stdio: 'pipe',
  });

it('refuses names that npm does not accept and names that the project uses for something else, and changes nothing', () => {
  for (const name of ['', 'My App', '@scope', '../up'])
    expect(() => rename(name)).toThrow(/is not a valid package name/);
  for (const name of ['thread', 'job', 'spooky']) expect(() => rename(name)).toThrow(/already occurs in/);
  expect(execFileSync('git', ['status', '--porcelain'], { cwd: clone, encoding: 'utf8' })).toBe('');
});

/**
 * The remaining uses of the word belong to the demo's feature: a button, its route, and their code. The licence names the
 * authors of what was cloned.
 */
const FEATURE = [
  /(?<!\.data)[/\\]spookify/, // the route and files
  /(?:%2f|%5c|\\uff0f|paths\.)spookify|spookify: \{\}|^\s+'spookify',$|'spookify', 'evil/, // the route, as attackers and mistakes write it
  /(?:name: |: |>|press(?:es|ing)? (?:\*\*)?|'\/)'?Spookify/, // the button
  /Spookify failed/,
  /\b(?:Spookify(?=Button|Parts)|onSpookify|spookify(?=Route|-button)|operationId: spookify)/,
  /\b(?:const spookify|spookify\.(?:focus|click|press|boundingBox|isVisible|waitFor)|\(spookify\))/,
  /\bspookify(?=\(| \} from)/, // its handler
  /\bspookify\.\w+|\bSpookifying\b|^\s+Spookify$|'Spookify'|function Spookify\(/, // a call of it, and its component
  /\b__spookify\b|'spookify\.inspect'/, // the developer tools of the engine, as every app has them
];
const count = (text: string, pattern: RegExp): number => text.match(new RegExp(pattern, 'gi'))?.length ?? 0;
/** Returns the lines with the former name that are not about the feature, each with its file. */
function left(): string[] {
  const found = execFileSync('git', ['grep', '-Iin', former, '--', ':!scripts/rename.test.ts', ':!LICENSE'], {
    cwd: clone,
    encoding: 'utf8',
  })
    .trimEnd()
    .split('\n');
  return found.filter((line) => {
    const text = line.replace(/^[^:]*:\d+:/, '');
    const features = FEATURE.reduce((rest, pattern) => rest.replaceAll(new RegExp(pattern, 'g'), ''), text);
    return count(features, /spookify/) > 0;
  });
}

/** Returns the uses of the route's name and of the label of its button. */
function uses(): string[] {
  const found = execFileSync('git', ['grep', '-Ihoe', "'/spookify'", '-e', "start: 'Spookify'", '--', ':!scripts'], {
    cwd: clone,
    encoding: 'utf8',
  });
  return found.trimEnd().split('\n').toSorted();
}

it('renames everything that has the name of the app, except the feature of the demo', () => {
  const before = uses();
  const windows = Buffer.from(`@${former}/caf\u00e9`, 'latin1');
  writeFileSync(join(clone, 'windows-1252.txt'), windows);
  expect(rename('my-app')).toContain(`Renamed ${former} to my-app`);
  expect(nameOf(clone)).toBe('my-app');
  expect(readFileSync(join(clone, 'windows-1252.txt'))).toEqual(windows);
  expect(left()).toEqual([]);
  expect(uses()).toEqual(before);
  const read = (file: string) => readFileSync(join(clone, file), 'utf8');
  const pages = ['apps/web/index.html', 'apps/web/src/shell/layout.tsx', 'apps/web/src/shell/page-title.ts'];
  for (const file of ['README.md', 'openapi.yaml', ...pages]) expect(read(file), file).toContain('My App');
  for (const file of ['sp00ky.yml', 'sp00ky.external.yml', 'docker-compose.yml'])
    expect(read(file), file).toMatch(/(?:database|SPOOKY_DATABASE): my_app\b/);
  expect(read('sp00ky.yml')).toContain('.data/my-app');
});

it('renames a second time, and says what to run next', () => {
  expect(rename('next-name')).toMatch(
    /Renamed my-app to next-name.*\n.*npm install && npm run format && npm run build/,
  );
  expect(() =>
    execFileSync(
      'git',
      ['grep', '-Ie', 'my[-_]app', '-e', 'My App', '--', ':!scripts/rename.ts', ':!scripts/rename.test.ts'],
      {
        cwd: clone,
        stdio: 'pipe',
      },
    ),
  ).toThrow();
});
