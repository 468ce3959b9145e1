/* A copy of the gateway's sources outside of the working tree, in which one mutation at a time is made and tested. */
import { type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Mutation } from './mutations.ts';

const SOURCES = fileURLToPath(new URL('../..', import.meta.url));
/** The folder of all installed packages. */
const MODULES = dirname(dirname(fileURLToPath(import.meta.resolve('vitest/package.json'))));
/** A mutation may make a test run forever. */
const TEST_MS = 180_000;
/** Ends the tests that run, so that the copy can be removed. */
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());

const CONFIG = `const conditions = ['source'];
export default {
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: { include: ['src/**/*.test.ts'], pool: 'forks', maxWorkers: 2, testTimeout: 30_000, hookTimeout: 30_000 },
};
`;

export interface MutatedCopy {
  /** @throws RangeError if the search text does not occur exactly once */
  apply(mutation: Mutation): Promise<void>;
  /** Restores the file. */
  revert(mutation: Mutation): Promise<void>;
  /** Whether the tests pass that match one of the filters. */
  passes(filters: readonly string[], env: Readonly<Record<string, string>>): Promise<boolean>;
  remove(): Promise<void>;
}

export async function createMutatedCopy(): Promise<MutatedCopy> {
  const root = await mkdtemp(join(tmpdir(), 'spooky-mutations-'));
  await cp(SOURCES, join(root, 'src'), { recursive: true });
  await symlink(MODULES, join(root, 'node_modules'));
  await writeFile(join(root, 'package.json'), '{ "type": "module" }');
  await writeFile(join(root, 'vitest.config.js'), CONFIG);
  return {
    async apply(mutation) {
      await writeFile(join(root, 'src', mutation.file), await mutatedText(mutation));
    },
    async revert({ file }) {
      await cp(join(SOURCES, file), join(root, 'src', file));
    },
    passes(filters, env) {
      const args = [join(MODULES, 'vitest', 'vitest.mjs'), 'run', '--root', root, '--bail', '1', ...filters];
      return succeeds(args, { cwd: root, env: { ...process.env, ...env } });
    },
    remove: () => rm(root, { recursive: true, force: true, maxRetries: 10 }),
  };
}

/** The text of the file with the mutation. */
export async function mutatedText({ file, search, replacement }: Mutation): Promise<string> {
  const text = await readFile(join(SOURCES, file), 'utf8');
  const count = text.split(search).length - 1;
  if (count !== 1) throw new RangeError(`${file} contains this ${count} times instead of once: ${search}`);
  return text.replace(search, () => replacement);
}

/** Runs Node in a process group of its own, which ends as a whole: a worker that runs forever would outlive its parent. */
async function succeeds(args: readonly string[], options: Pick<SpawnOptions, 'cwd' | 'env'>): Promise<boolean> {
  interrupted.signal.throwIfAborted();
  const child = spawn(process.execPath, args, { ...options, detached: true, stdio: 'ignore' });
  const ended = once(child, 'close');
  const end = (): void => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
  };
  const timer = setTimeout(end, TEST_MS);
  interrupted.signal.addEventListener('abort', end);
  const [code] = await ended;
  clearTimeout(timer);
  interrupted.signal.removeEventListener('abort', end);
  interrupted.signal.throwIfAborted();
  return code === 0;
}
