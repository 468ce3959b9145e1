import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

export interface Child {
  /** Its first message, sent when it is ready. */
  readonly ready: unknown;
  /** Its exit code, or the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals>;
  signal(name: NodeJS.Signals): void;
  /** Receives the messages after the first one. */
  onMessage(listener: (message: unknown) => void): void;
  /** kill -9; resolves at its exit. */
  kill(): Promise<void>;
}

/** Forks an entry with one argument, and waits for its first message. */
export async function startChild(entry: URL, argument: unknown): Promise<Child> {
  const child: ChildProcess = fork(entry, [JSON.stringify(argument)], {
    execArgv: ['--conditions=source'],
  });
  const exited = once(child, 'exit');
  const first = Promise.withResolvers<unknown>();
  // A message may arrive together with the first one, before a listener exists; it is kept.
  const unheard: unknown[] = [];
  let hear = (message: unknown): void => void unheard.push(message);
  child.once('message', (message) => {
    first.resolve(message);
    child.on('message', (later) => hear(later));
  });
  const ready: unknown = await Promise.race([
    first.promise,
    exited.then(([code]) => Promise.reject(new Error(`${entry.pathname} ended with ${code}`))),
  ]);
  return {
    ready,
    exited: exited.then(([code, signal]) => code ?? signal),
    signal: (name) => void child.kill(name),
    onMessage(listener) {
      for (const message of unheard.splice(0)) listener(message);
      hear = listener;
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
