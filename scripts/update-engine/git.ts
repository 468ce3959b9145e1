/** Runs git. Nothing else uses the network, and git uses it only to clone the source that the person names. */
import { spawnSync } from 'node:child_process';
import { UpdateError } from './update-error.ts';

const MAX_BYTES = 1 << 30;

/** @throws UpdateError with git's message */
export function git(folder: string, args: readonly string[], input?: string): Buffer {
  const { status, stdout, stderr, error } = spawnSync('git', ['-C', folder, '-c', 'core.quotePath=off', ...args], {
    maxBuffer: MAX_BYTES,
    ...(input !== undefined && { input }),
  });
  if (status === 0) return stdout;
  throw new UpdateError(`git ${args[0]} failed: ${error?.message ?? stderr.toString().trim()}`);
}

export function gitLines(folder: string, ...args: string[]): string[] {
  return git(folder, args)
    .toString()
    .split('\n')
    .filter((line) => line !== '');
}

/** Whether a git command ends with 0, for questions such as `merge-base --is-ancestor`. */
export function gitAgrees(folder: string, ...args: string[]): boolean {
  return spawnSync('git', ['-C', folder, ...args]).status === 0;
}
