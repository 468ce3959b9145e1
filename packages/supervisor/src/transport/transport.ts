import type { ChildProcess } from 'node:child_process';
import type { Activity } from '../diagnosis/activity.ts';
import type { ExitStatus, LifecycleInput } from '../process/lifecycle.ts';
import { signalTree } from '../terminate/process-tree.ts';
import type { OutputPiece } from './output-lines.ts';
import { OutputReader } from './output-reader.ts';
import type { Packed } from './protocol.ts';

/**
 * The connection to a process. The fork transport speaks the child protocol; the command transport only sends signals.
 */
export interface Transport {
  /** Undefined if the program could not be started; an exit event follows. */
  readonly pid: number | undefined;
  /** Number of messages that the process has not taken yet. */
  readonly waitingMessages: number;
  /** Asks the process to end. */
  ask(reason: string): void;
  /** Sends SIGKILL to the whole process group. */
  kill(): void;
  /** Finds out what the process is doing. Resolves within `DIAGNOSIS_MS`; never rejects. */
  diagnose(): Promise<Activity | undefined>;
  /**
   * Sends a message, or queues a copy of it. Throws a SupervisorError with `…_QUEUE_FULL`, `…_PROCESS_ENDED` or
   * `…_NO_MESSAGES`.
   */
  send(message: Packed): void;
}

export type OutputStream = 'stdout' | 'stderr';

/** Receives the events of a transport, never before the function that starts the transport has returned. */
export interface TransportListener {
  /** `ready`, `heartbeat`, `complete` and `fail`, then exactly one `exit` as the last event. */
  event(event: LifecycleInput): void;
  message(message: Packed): void;
  output(stream: OutputStream, piece: OutputPiece): void;
}

/** If a pipe is still open this long after the group was killed, a process that left the group holds it. */
const DRAIN_MS = 500;
/** More than a pipe can hold. What a process wrote before its end has been read when this much was read after it. */
const PIPE_BYTES = 1024 * 1024;

/**
 * Watches a child until it has exited, its group is gone and its whole output was read. Node's `close` event shows
 * this, because the streams end only when the last holder of the pipes has ended. If a process that left the group
 * holds a pipe, everything written before the exit is still read.
 *
 * `patient` returns whether the children of an exited leader may still end by themselves: while a command is asked to
 * stop, `npm` may exit before the server that it started. The stop deadline then calls `kill`.
 */
export function watchChild(child: ChildProcess, listener: TransportListener, patient: () => boolean): { kill(): void } {
  let status: ExitStatus | undefined;
  let drain: NodeJS.Timeout | undefined;
  let ended = false;
  const readers = (['stdout', 'stderr'] as const).map(
    (name) => new OutputReader(child[name], (piece) => listener.output(name, piece)),
  );
  const bytesRead = () => readers.reduce((sum, { bytes }) => sum + bytes, 0);

  const kill = () => {
    if (child.pid === undefined || ended) return;
    signalTree(child.pid, 'SIGKILL');
    if (status === undefined) return;
    const before = bytesRead();
    drain ??= setTimeout(() => closeWhenRead(before), DRAIN_MS);
  };
  /** Closes the pipes after a turn of the event loop that has read nothing, because a stalled host has not read yet. */
  const closeWhenRead = (before: number, last = bytesRead()) => {
    setImmediate(() => {
      const now = bytesRead();
      if (now > last && now - before < PIPE_BYTES) return closeWhenRead(before, now);
      child.stdout?.destroy();
      child.stderr?.destroy();
      if (child.connected) child.disconnect();
    });
  };
  const end = (exit: ExitStatus) => {
    if (ended) return;
    kill(); // members of the group that closed their pipes
    ended = true;
    clearTimeout(drain);
    for (const reader of readers) reader.finish();
    listener.event({ type: 'exit', exit });
  };

  child.stdin?.on('error', () => {});
  // A dead child's pipe raises `error` too. Without a listener it would end the host.
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
  const advice = error.code === 'ENOENT' ? 'the program or its working directory does not exist' : error.message;
  return { message: `${child.spawnfile} could not be started: ${advice}`, ...(error.code ? { code: error.code } : {}) };
}
