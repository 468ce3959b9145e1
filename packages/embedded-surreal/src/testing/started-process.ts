/** Servers in separate processes, because the engine keeps a folder until its process ends. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import type { ServerOptions } from '../server.ts';

export type StartOptions = Pick<ServerOptions, 'port' | 'closeTimeoutMs' | 'planner' | 'queryTimeoutMs'>;

export interface Started {
  readonly child: ChildProcess;
  readonly url?: string;
  readonly port?: number;
  readonly code?: string;
  readonly message?: string;
  /** The details of its warnings. */
  readonly warnings?: object[];
  /** Its error messages so far. */
  readonly errors: readonly string[];
}

/** Starts a server process and waits until it serves or reports why it cannot. It ends with the test. */
export async function startProcess(folder: string, options: StartOptions = {}): Promise<Started> {
  const entry = new URL('./server-process.ts', import.meta.url);
  const child = fork(entry, [folder, JSON.stringify(options)], { execArgv: ['--conditions=source'], stdio: 'ignore' });
  onTestFinished(() => kill(child, 'SIGKILL'));
  const errors: string[] = [];
  child.on('message', ({ error }: { error?: string }) => {
    if (error !== undefined) errors.push(error);
  });
  const ended = once(child, 'exit').then(([code]) =>
    Promise.reject(new Error(`the server's process ended with ${code}`)),
  );
  // After the first message, its exit is not an error.
  ended.catch(() => {});
  const [message] = (await Promise.race([once(child, 'message'), ended])) as [object];
  return { child, errors, ...message };
}

export async function kill(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  child.kill(signal);
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}
