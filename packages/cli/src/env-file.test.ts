import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { extendEnvFile, readEnvFile } from './env-file.ts';

let folder = '';
let file = '';

beforeEach(async () => {
  const here = await mkdtemp(path.join(tmpdir(), 'spooky-env-'));
  folder = here;
  file = path.join(folder, '.env');
  onTestFinished(() => rm(here, { recursive: true, force: true }));
});

let counter = 0;
const make = (name: string) => `${name.toLowerCase()}-${++counter}`;

describe('extendEnvFile', () => {
  it('creates a file that only its owner can read', async () => {
    const { values, added } = await extendEnvFile(file, ['A', 'B'], make);
    expect(added).toEqual(['A', 'B']);
    expect(await readEnvFile(file)).toEqual(values);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['.env']);
  });

  it('adds only missing or empty variables and keeps every line', async () => {
    const text = '# mine\nexport A="one # two"\nB=\nOTHER=1';
    await writeFile(file, text);
    await chmod(file, 0o644);
    const { values, added } = await extendEnvFile(file, ['A', 'B', 'C'], make);
    expect(added).toEqual(['B', 'C']);
    expect(values.A).toBe('one # two');
    expect(await readEnvFile(file)).toEqual(values);
    expect((await readFile(file, 'utf8')).startsWith(`${text}\n`)).toBe(true);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('does not write a file that is complete', async () => {
    await writeFile(file, 'A=1\n');
    const before = (await stat(file)).mtimeMs;
    expect((await extendEnvFile(file, ['A'], make)).added).toEqual([]);
    expect((await stat(file)).mtimeMs).toBe(before);
  });

  it('writes through a symbolic link', async () => {
    const target = path.join(folder, 'shared.env');
    await writeFile(target, 'A=1\n');
    await symlink(target, file);
    await extendEnvFile(file, ['B'], make);
    expect(await readFile(target, 'utf8')).toContain('B=');
    expect(await readEnvFile(file)).toEqual(await readEnvFile(target));
  });

  it('gives concurrent calls the same value', async () => {
    const results = await Promise.all(Array.from({ length: 20 }, () => extendEnvFile(file, ['A', 'B'], make)));
    expect(new Set(results.map(({ values }) => JSON.stringify(values))).size).toBe(1);
    expect(results.filter(({ added }) => added.length > 0)).toHaveLength(1);
  });

  it('removes the lock of a dead process', async () => {
    const gone = spawn('true');
    await once(gone, 'exit');
    await writeFile(`${file}.lock`, String(gone.pid));
    expect((await extendEnvFile(file, ['A'], make)).added).toEqual(['A']);
  });
});
