import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

export interface Child {
  /** Its first message, sent when it is ready. */
  readonly ready: unknown;
  /** kill -9; resolves when it is gone. */
  kill(): Promise<void>;
}

/** Forks an entry with one argument, and waits until it says that it is ready. */
export async function startChild(entry: URL, argument: unknown): Promise<Child> {
  const child: ChildProcess = fork(entry, [JSON.stringify(argument)], {
    execArgv: ['--conditions=source'],
  });
  const exited = once(child, 'exit');
  const first = once(child, 'message');
  const ready: unknown = await Promise.race([
    first.then(([message]) => message),
    exited.then(([code]) => Promise.reject(new Error(`${entry.pathname} ended with ${code}`))),
  ]);
  return {
    ready,
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
