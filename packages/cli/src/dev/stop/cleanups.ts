import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Program } from '../plan/dev-command.ts';

/**
 * Programs that run after a process has ended, in whatever way it ended. A container needs this: it is not a child of its docker
 * client, and keeps running when the client, or the whole of `spooky`, is killed.
 */
export interface Cleanups {
  /** Registers a program to run when the name is released, or when this process ends. A name has at most one. */
  register(name: string, program: Program): void;
  /** Runs the program of this name now. Resolves when it has ended, or at once if there is none. */
  release(name: string): Promise<void>;
  releaseAll(): Promise<void>;
}

/** Waits for the end of a pipe whose other end only this process has open, then becomes the program. Runs in a separate session. */
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
    register(name, { program, args, cwd, env }) {
      if (waiting.has(name)) return;
      const child = spawn('sh', ['-c', WAIT, 'sh', program, ...args], {
        ...{ cwd, env, detached: true },
        stdio: ['pipe', 'ignore', 'ignore'],
      });
      // If something kills this child, the cleanup is lost. The next start of the container does it instead.
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
