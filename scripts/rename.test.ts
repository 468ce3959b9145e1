import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
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
let spec: string;

beforeAll(() => {
  clone = mkdtempSync(join(tmpdir(), 'spookify-rename-'));
  execFileSync('git', ['clone', '--quiet', '--depth', '1', `file://${root}`, clone]);
  spec = readFileSync(join(clone, 'openapi.yaml'), 'utf8');
});
afterAll(() => rmSync(clone, { recursive: true, force: true }));

const rename = (name: string): string =>
  execFileSync(process.execPath, [join(root, 'scripts/rename.ts'), name, '--folder', clone], {
    encoding: 'utf8',
    stdio: 'pipe',
  });

it('refuses what npm would not take, and changes nothing', () => {
  for (const name of ['', 'My App', '@scope', '../up']) expect(() => rename(name)).toThrow(/is no name for a package/);
  expect(execFileSync('git', ['status', '--porcelain'], { cwd: clone, encoding: 'utf8' })).toBe('');
});

it('renames every package and every import of it, and leaves the routes alone', () => {
  expect(rename('renamed-app')).toContain(`${former} is renamed-app now`);
  expect(nameOf(clone)).toBe('renamed-app');
  const left = () => execFileSync('git', ['grep', '-l', `@${former}/`], { cwd: clone, encoding: 'utf8' });
  expect(left, 'git grep finds nothing and says so').toThrow();
  expect(readFileSync(join(clone, 'openapi.yaml'), 'utf8')).toBe(spec);
});
