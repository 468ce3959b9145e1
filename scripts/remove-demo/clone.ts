import { execFileSync } from 'node:child_process';
import { cpSync, globSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** A clone of the last commit, with the packages and builds of this folder. */
export interface Clone {
  readonly folder: string;
  /** The environment for commands in it. */
  readonly environment: NodeJS.ProcessEnv;
  /** Runs Node in it and returns what it prints. */
  node(...args: string[]): string;
  close(): Promise<void>;
}

export async function cloneHead(): Promise<Clone> {
  const folder = await mkdtemp(path.join(tmpdir(), 'spooky-without-demo-'));
  execFileSync('git', ['clone', '--quiet', '--depth', '1', `file://${ROOT}`, folder]);
  // The links in it are relative, so they lead to the packages of the clone.
  copyTree('node_modules', folder);
  // Copied instead of linked, because a build in the clone writes into these files.
  for (const built of globSync('packages/*/dist', { cwd: ROOT })) {
    cpSync(path.join(ROOT, built), path.join(folder, built), { recursive: true, preserveTimestamps: true });
  }
  const { NODE_ENV: _, VITEST: __, ...env } = process.env;
  const environment = { ...env, PATH: `${path.join(folder, 'node_modules/.bin')}${path.delimiter}${env.PATH}` };
  return {
    ...{ folder, environment },
    node: (...args) =>
      execFileSync(process.execPath, args, {
        ...{ cwd: folder, env: environment },
        ...{ encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
      }),
    close: () => rm(folder, { recursive: true, force: true, maxRetries: 10 }),
  };
}

/** Uses hard links if the file system supports them, because copying all installed packages takes minutes. */
function copyTree(name: string, folder: string): void {
  const [from, to] = [path.join(ROOT, name), path.join(folder, name)];
  try {
    execFileSync('cp', ['-al', from, to], { stdio: 'ignore' });
  } catch {
    cpSync(from, to, { recursive: true, verbatimSymlinks: true, force: true });
  }
}
