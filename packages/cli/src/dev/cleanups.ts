import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Program } from './dev-command.ts';

/**
 * What has to be done after a process is gone, however it went: a container is not its docker client's child, and stays
 * when that, or all of `spooky`, is killed.
 */
export interface Cleanups {
  /** Has this run when it is released, or when this process ends. One for each name. */
  hold(name: string, program: Program): void;
  /** Runs it now; resolves when it is done. Does nothing when there is none of that name. */
  release(name: string): Promise<void>;
  releaseAll(): Promise<void>;
}

/** Waits, in a session of its own, for the end of a pipe that only this process holds; then it is the program. */
const WAIT = 'cat > /dev/null; exec "$@"';

export function createCleanups(): Cleanups {
  const waiting = new Map<string, ChildProcess>();

  async function release(name: string): Promise<void> {
    const child = waiting.get(name);
    if (child === undefined) return;
    waiting.delete(name);
    child.ref();
    const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
    child.stdin?.end();
    await ended;
  }

  return {
    hold(name, { program, args, cwd, env }) {
      if (waiting.has(name)) return;
      const child = spawn('sh', ['-c', WAIT, 'sh', program, ...args], {
        ...{ cwd, env, detached: true },
        stdio: ['pipe', 'ignore', 'ignore'],
      });
      // Whoever kills it takes the cleanup away; the next start does it.
      child.on('error', () => waiting.delete(name));
      child.stdin?.on('error', () => {});
      child.unref();
      waiting.set(name, child);
    },
    release,
    async releaseAll() {
      await Promise.all([...waiting.keys()].map(release));
    },
  };
}
