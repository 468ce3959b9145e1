import { type ChildProcess, fork, spawn } from 'node:child_process';
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

  it('gives processes that start at once the same value, also beside the lock of one that crashed', async () => {
    const processes = await Promise.all(Array.from({ length: 4 }, startProcess));
    for (let round = 0; round < 15; round += 1) {
      const here = path.join(folder, `.env-${round}`);
      await writeFile(`${here}.lock`, JSON.stringify({ pid: 2 ** 22 + 1, started: '1' }));
      const answers = await Promise.all(
        processes.map(async (child) => {
          const answer = once(child, 'message');
          child.send({ file: here, names: ['A', 'B'] });
          return (await answer)[0];
        }),
      );
      expect(new Set(answers.map((values) => JSON.stringify(values))).size).toBe(1);
      expect(await readEnvFile(here)).toEqual(answers[0]);
    }
    expect((await readdir(folder)).filter((name) => !/^\.env-\d+$/.test(name))).toEqual([]);
  });

  it.each<[what: string, lock: (pid: number) => string, own: boolean]>([
    ['of a dead process', (pid) => JSON.stringify({ pid, started: '1' }), false],
    ['of a dead process of an earlier version', String, false],
    ['of a process whose id another process has now', (pid) => JSON.stringify({ pid, started: '1' }), true],
    ['of a crash before its content was written', () => '', false],
  ])('takes over the lock %s', async (_, lock, own) => {
    const gone = spawn('true');
    await once(gone, 'exit');
    await writeFile(`${file}.lock`, lock(own ? process.pid : (gone.pid ?? 0)));
    expect((await extendEnvFile(file, ['A'], make)).added).toEqual(['A']);
    expect(await readdir(folder)).toEqual(['.env']);
  });

  it('keeps the byte-order mark and the line ends of Windows', async () => {
    await writeFile(file, '\uFEFF# mine\r\nA=1\r\n');
    await extendEnvFile(file, ['A', 'B'], () => 'x');
    expect(await readFile(file, 'utf8')).toBe('\uFEFF# mine\r\nA=1\r\nB=x\r\n');
  });

  it.each<[what: string, content: Buffer, message: string]>([
    ['UTF-16', Buffer.from('\uFEFFA=1', 'utf16le'), ':1:1: this is UTF-16; save it as UTF-8 (in Windows PowerShell'],
    ['Windows-1252', Buffer.from('A=1\nB=caf\u00e9', 'latin1'), ':2:6: this byte is not UTF-8'],
  ])('refuses a file in %s and leaves it alone', async (_, content, message) => {
    await writeFile(file, content);
    await expect(extendEnvFile(file, ['B'], make)).rejects.toThrow(message);
    expect(await readFile(file)).toEqual(content);
    expect(await readdir(folder)).toEqual(['.env']);
  });

  it('says that the folder cannot be written', async () => {
    await expect(extendEnvFile('/proc/self/.env', ['A'], make)).rejects.toMatchObject({
      code: 'SPOOKY_CLI_ENV_FILE_UNWRITABLE',
      message: expect.stringContaining('make its folder writable'),
    });
    // The environment may set every secret.
    expect(await extendEnvFile('/proc/self/.env', [], make)).toEqual({ values: {}, added: [] });
  });
});

async function startProcess(): Promise<ChildProcess> {
  const entry = new URL('./testing/env-file-process.ts', import.meta.url);
  const child = fork(entry, { execArgv: ['--conditions=source'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  await once(child, 'message');
  return child;
}
