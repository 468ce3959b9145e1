import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** A program in a separate process that can be killed and started again. */
export interface KillableProcess {
  readonly name: string;
  /** Resolves when the program is ready. */
  start(): Promise<void>;
  /** Sends SIGKILL; resolves when the process has ended. Safe to call twice. */
  kill(): Promise<void>;
  /** Closes the channel, at which the program stops by itself; resolves when the process has ended. */
  stop(): Promise<void>;
  /** Sends a message and resolves with the next one from the program. One at a time. */
  ask(question: string): Promise<unknown>;
}

/** @param entry a file that sends one message when it is ready; it receives `options` as JSON */
export function createKillableProcess(name: string, entry: string, options: object): KillableProcess {
  let running: { readonly child: ChildProcess; readonly exited: Promise<unknown> } | undefined;

  /** The next message, or a rejection if the process ends before. */
  const answer = async ({ child, exited }: NonNullable<typeof running>): Promise<unknown> => {
    const [message] = await Promise.race([
      once(child, 'message'),
      exited.then(() => Promise.reject(new Error(`${name} ended with ${child.exitCode ?? child.signalCode}`))),
    ]);
    return message;
  };

  return {
    name,
    async start() {
      const child = fork(new URL(entry, import.meta.url), [JSON.stringify(options)], {
        execArgv: ['--conditions=source'],
      });
      running = { child, exited: once(child, 'exit') };
      await answer(running);
    },
    async kill() {
      running?.child.kill('SIGKILL');
      await running?.exited;
    },
    async stop() {
      if (running?.child.connected === true) running.child.disconnect();
      await running?.exited;
    },
    async ask(question) {
      if (running === undefined) throw new Error(`${name} was not started`);
      running.child.send(question);
      return await answer(running);
    },
  };
}
