import { fork } from 'node:child_process';
import { once } from 'node:events';

/** A program in a separate process that can be killed and started again. */
export interface KillableProcess {
  readonly name: string;
  /** Resolves when the program is ready. */
  start(): Promise<void>;
  /** Sends SIGKILL; resolves when the process has ended. Safe to call twice. */
  kill(): Promise<void>;
}

/** @param entry a file that sends one message when it is ready; it receives `options` as JSON */
export function createKillableProcess(name: string, entry: string, options: object): KillableProcess {
  let running: { readonly kill: () => void; readonly exited: Promise<unknown> } | undefined;
  return {
    name,
    async start() {
      const child = fork(new URL(entry, import.meta.url), [JSON.stringify(options)], {
        execArgv: ['--conditions=source'],
      });
      const exited = once(child, 'exit');
      running = { kill: () => child.kill('SIGKILL'), exited };
      await Promise.race([
        once(child, 'message'),
        exited.then(([code]) => Promise.reject(new Error(`${name} ended with ${code}`))),
      ]);
    },
    async kill() {
      running?.kill();
      await running?.exited;
    },
  };
}
