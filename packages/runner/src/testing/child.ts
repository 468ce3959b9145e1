import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

export interface Child {
  /** Its first message, sent when it is ready. */
  readonly ready: unknown;
  /** kill -9; resolves when it is gone. */
  kill(): Promise<void>;
}

/** Forks an entry of this folder with one argument, and waits until it says that it is ready. */
export async function startChild(entry: string, argument: unknown): Promise<Child> {
  const child: ChildProcess = fork(path.join(import.meta.dirname, entry), [JSON.stringify(argument)], {
    execArgv: ['--conditions=source'],
  });
  const exited = once(child, 'exit');
  const first = once(child, 'message');
  const ready: unknown = await Promise.race([
    first.then(([message]) => message),
    exited.then(([code]) => Promise.reject(new Error(`${entry} ended with ${code}`))),
  ]);
  return {
    ready,
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
