/** Completion in a real bash, with the built command. */
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';

vi.setConfig({ testTimeout: 120_000 });

const SPOOKY = path.resolve(import.meta.dirname, '../../bin/spooky.js');
let bin: string;

beforeAll(async () => {
  bin = await mkdtemp(path.join(tmpdir(), 'spooky-completion-'));
  await writeFile(path.join(bin, 'spooky'), `#!/bin/sh\nexec "${process.execPath}" "${SPOOKY}" "$@"\n`);
  await chmod(path.join(bin, 'spooky'), 0o755);
});
afterAll(() => rm(bin, { recursive: true, force: true }));

/** The completions at the end of a line. Like bash by default, this splits words at spaces and at `=`. */
async function offered(line: string): Promise<string[]> {
  const words = line.split(/ |(?<==)|(?==)/);
  const script = `set -u; source <(spooky completion bash); COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _spooky; printf '%s\\n' "\${COMPREPLY[@]-}"`;
  const env = { PATH: `${bin}:${process.env.PATH}` };
  const { stdout } = await promisify(execFile)('bash', ['--norc', '-c', script, 'bash', ...words], { env });
  return stdout.split('\n').filter((word) => word !== '');
}

it.each<[string, string[]]>([
  ['spooky d', ['dev', 'db']],
  ['spooky db mi', ['migrate']],
  ['spooky outbox ', ['add', 'help', 'upgrade']],
  ['spooky outbox upgrade --ch', ['--check']],
  ['spooky --json db mi', ['migrate']],
  ['spooky --config dev db mi', ['migrate']],
  ['spooky dev --po', ['--ports']],
  ['spooky dev --ports ', ['auto', 'free']],
  ['spooky dev --ports f', ['free']],
  ['spooky dev --ports=f', ['free']],
  ['spooky jobs list --status fa', ['failed']],
  ['spooky schedules re', ['resume']],
  ['spooky completion ', ['bash', 'zsh', 'fish']],
  ['spooky check --js', ['--json']],
  ['spooky db migrate --', ['--status', '--config', '--json', '--no-color', '--version', '--help']],
  ['spooky --config ', []],
  ['spooky nothing-of-this', []],
])('completes `%s` in bash', async (line, expected) => {
  expect((await offered(line)).sort()).toEqual(expected.toSorted());
});

it('offers every command in bash except hidden ones', async () => {
  const words = await offered('spooky ');
  expect(words).toEqual(
    expect.arrayContaining(['dev', 'check', 'db', 'runner', 'gateway', 'outbox', 'jobs', 'schedules', 'completion']),
  );
  expect(words.filter((word) => word.startsWith('_'))).toEqual([]);
});
