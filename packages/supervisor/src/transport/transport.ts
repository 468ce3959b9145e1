import type { ChildProcess } from 'node:child_process';
import type { Activity } from '../diagnosis/activity.ts';
import type { ExitStatus, LifeEvent } from '../process/lifecycle.ts';
import { signalTree } from '../terminate/process-tree.ts';
import { OutputLines } from './output-lines.ts';
import type { Packed } from './protocol.ts';

/** How a process is reached: the fork transport speaks the child protocol, the command transport only signals. */
export interface Transport {
  /** Undefined when the program could not be started; an exit event follows. */
  readonly pid: number | undefined;
  /** Messages that it has not taken yet. */
  readonly waiting: number;
  /** Asks the process to end. */
  ask(reason: string): void;
  /** SIGKILL to the whole group. */
  kill(): void;
  /** What it is doing, as far as can be seen; soon, and never rejects. */
  diagnose(): Promise<Activity | undefined>;
  /** Sends a message, or copies it to be sent. Throws a SupervisorError with `…_QUEUE_FULL`, `…_PROCESS_ENDED` or `…_NO_MESSAGES`. */
  send(message: Packed): void;
}

export type OutputStream = 'stdout' | 'stderr';

/** What a transport reports. Never called before the function that started the transport has returned. */
export interface TransportListener {
  /** Ready, heartbeat, complete, fail; and exactly one exit, last. */
  event(event: LifeEvent): void;
  message(message: Packed): void;
  line(stream: OutputStream, line: string): void;
}

/** After its group was killed, a pipe that still is not closed is held by a process that left the group. */
const DRAIN_MS = 500;

/**
 * Watches a child until it is really gone: it has exited, nobody of its group is left, and all that it wrote was read.
 * Node's `close` event tells that, as the streams end only when the last holder of the pipes has ended.
 *
 * `patient` says whether the children of an exited leader may still end by themselves: while a command is asked to
 * stop, `npm` may be gone before the server that it started. The deadline of the stop then calls `kill`.
 */
export function watchChild(child: ChildProcess, listener: TransportListener, patient: () => boolean): { kill(): void } {
  let status: ExitStatus | undefined;
  let drain: NodeJS.Timeout | undefined;
  let ended = false;

  const kill = () => {
    if (child.pid === undefined || ended) return;
    signalTree(child.pid, 'SIGKILL');
    if (status === undefined) return;
    drain ??= setTimeout(() => {
      child.stdout?.destroy();
      child.stderr?.destroy();
      if (child.connected) child.disconnect();
    }, DRAIN_MS);
  };
  const streams = (['stdout', 'stderr'] as const).map((name) => {
    const lines = new OutputLines((line) => listener.line(name, line));
    child[name]?.setEncoding('utf8').on('data', (chunk: string) => lines.push(chunk));
    child[name]?.on('error', () => {}); // the exit that follows says more
    return lines;
  });
  const end = (exit: ExitStatus) => {
    if (ended) return;
    kill(); // those of the group that closed their pipes
    ended = true;
    clearTimeout(drain);
    for (const lines of streams) lines.end();
    listener.event({ type: 'exit', exit });
  };

  child.stdin?.on('error', () => {});
  // Also raised by a dead child's pipe: without a listener it would end the host.
  child.on('error', (error) => {
    if (child.pid === undefined) end({ exitCode: null, signal: null, failure: notStarted(child, error) });
  });
  child.once('exit', (exitCode, signal) => {
    status = { exitCode, signal };
    if (!patient()) kill();
  });
  child.once('close', (exitCode, signal) => end(status ?? { exitCode, signal }));
  return { kill };
}

function notStarted(child: ChildProcess, error: NodeJS.ErrnoException) {
  const advice = error.code === 'ENOENT' ? 'no such program, or no such working folder' : error.message;
  return { message: `${child.spawnfile} could not be started: ${advice}`, ...(error.code ? { code: error.code } : {}) };
}
