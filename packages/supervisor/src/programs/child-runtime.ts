/**
 * The program that runs in the child: it receives the start message, imports the entry and calls it with its context.
 * Every spawn pays its load time, so it imports only what IPC has loaded anyway.
 *
 * How a child ends:
 * - `complete()` and `fail()` are sent to the host immediately. Then the cleanup that the entry returned runs, and the
 *   process exits when everything that it sent has been written. An earlier exit would lose large messages.
 * - A stop calls the `onStop` handlers. If one returns a promise, the process exits when it settles. If none does, the
 *   process ends by `complete()`, or when it has nothing left to do. Without a handler it ends as soon as the entry's
 *   function has returned.
 * - When the host is gone, the child kills its own process group.
 */
import { deserialize, serialize } from 'node:v8';
import type { Failure } from '../process/lifecycle.ts';
import type { ChildMessage, HostMessage, IdleMessage, MessageLimits, StartMessage } from '../transport/protocol.ts';
import { isSmall } from '../transport/small-message.ts';
import { writeOutputSynchronously } from './blocking-output.ts';

/** The argument of an entry's function (seed 003, "Child Entry Shape"). */
export interface ProcessContext {
  /** The id that the supervisor assigned to this process. */
  readonly processId: string;
  /** The entry as given to `spawn`. */
  readonly entry: string;
  /** The kind of the process. */
  readonly kind: string;
  /** The deduplication key, if one was given. */
  readonly key: string | undefined;
  /** A copy of the payload given to `spawn`. */
  readonly payload: unknown;
  /** A copy of the metadata given to `spawn`. */
  readonly metadata: Record<string, unknown> | undefined;
  /** The user that this process belongs to, if any. */
  readonly userId: string | undefined;
  /** Reports a successful start. `spawn` waits for it. */
  ready(): void;
  /** Resets the host's watchdog. Call it more often than every `heartbeatTimeoutMs`. */
  heartbeat(): void;
  /**
   * Sends a copy of `payload` to the host.
   *
   * @throws TypeError when it cannot be copied; RangeError when it is larger than `limits.messageBytes` of the
   * supervisor, or when `limits.queuedMessages` messages still wait for the host to read them.
   */
  send(payload: unknown): void;
  /**
   * Calls the handler with each message from the host. Earlier messages wait for the first handler. Returns a function
   * that removes the handler.
   */
  onMessage(handler: (payload: unknown) => void): () => void;
  /** Marks the process as completed and ends it. */
  complete(): void;
  /** Marks the process as failed and ends it. The message, code and stack of the error are sent to the host. */
  fail(error?: unknown): void;
  /**
   * Calls the handler once when the host asks for a stop, even if it asked before the handler was attached. If the
   * handler returns a promise, the process exits when that settles. Returns a function that removes the handler.
   */
  onStop(handler: (reason: string) => unknown): () => void;
}

const messageHandlers = new Set<(payload: unknown) => void>();
const stopHandlers = new Set<(reason: string) => unknown>();
const earlyMessages: unknown[] = [];
let unwritten = 0;
/** Called when everything has been written. */
let allWritten = () => {};
let hasOutcome = false;
let entryReturned = false;
let stopReason: string | undefined;
let cleanup: (() => unknown) | undefined;

function post(message: ChildMessage | IdleMessage): void {
  unwritten += 1;
  if (process.connected && process.send !== undefined) process.send(message, undefined, undefined, written);
  else written();
}

function written(): void {
  unwritten -= 1;
  if (unwritten === 0) allWritten();
}

function send(payload: unknown, { messageBytes, queuedMessages }: MessageLimits): void {
  if (hasOutcome) return;
  if (unwritten >= queuedMessages) throw new RangeError(`${unwritten} messages wait for the host; send less often.`);
  if (isSmall(payload, messageBytes)) {
    post({ type: 'small', payload });
    return;
  }
  let data: Uint8Array;
  try {
    data = serialize(payload);
  } catch (cause) {
    throw new TypeError('This message cannot be copied to the host; send plain data.', { cause });
  }
  if (data.byteLength > messageBytes) {
    throw new RangeError(`This message takes ${data.byteLength} bytes, more than ${messageBytes}; send it in parts.`);
  }
  post(data);
}

function onMessage(handler: (payload: unknown) => void): () => void {
  messageHandlers.add(handler);
  if (messageHandlers.size === 1) {
    post({ type: 'listening', on: true });
    queueMicrotask(() => {
      for (const payload of earlyMessages.splice(0)) deliver(payload);
    });
  }
  return () => {
    if (messageHandlers.delete(handler) && messageHandlers.size === 0) post({ type: 'listening', on: false });
  };
}

function deliver(payload: unknown): void {
  if (messageHandlers.size === 0) earlyMessages.push(payload);
  for (const handler of messageHandlers) handler(payload);
}

/** Sends the outcome immediately, cleans up, and exits when everything is written. Only the first outcome counts. */
function finish(outcome: ChildMessage | undefined, exitCode: number): void {
  if (hasOutcome) return;
  hasOutcome = true;
  if (outcome !== undefined) post(outcome);
  // Deferred by one turn, so that an entry that completes inside its own function can return its cleanup.
  setImmediate(async () => {
    try {
      await cleanup?.();
    } catch (error) {
      console.error(error);
    }
    allWritten = () => process.exit(exitCode);
    if (unwritten === 0) allWritten();
  });
}

function fail(error?: unknown): void {
  finish({ type: 'fail', failure: failureOf(error) }, 1);
}

function failureOf(error: unknown, code?: string): Failure {
  if (error instanceof Error) {
    const own = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
    const known = code ?? own;
    return {
      message: error.message || error.name,
      ...(known === undefined ? {} : { code: known }),
      ...(error.stack === undefined ? {} : { stack: error.stack }),
    };
  }
  const message = error === undefined || error === null || error === '' ? 'failed without a reason' : String(error);
  return { message, ...(code === undefined ? {} : { code }) };
}

function onStop(handler: (reason: string) => unknown): () => void {
  stopHandlers.add(handler);
  if (stopReason !== undefined) queueMicrotask(() => stopHandlers.has(handler) && void runStopHandlers([handler]));
  return () => stopHandlers.delete(handler);
}

function stop(reason: string): void {
  if (stopReason !== undefined) return;
  stopReason = reason;
  if (stopHandlers.size > 0) void runStopHandlers([...stopHandlers]);
  else if (entryReturned) finish(undefined, 0);
}

async function runStopHandlers(handlers: readonly ((reason: string) => unknown)[]): Promise<void> {
  try {
    const results = handlers.map((handler) => handler(stopReason ?? 'stopped'));
    if (results.some((result) => result instanceof Promise)) {
      await Promise.all(results);
      finish(undefined, 0);
    } else {
      process.channel?.unref();
    }
  } catch (error) {
    console.error(error);
    fail(error);
  }
}

async function start(message: StartMessage): Promise<void> {
  const { payload, metadata } = deserialize(message.data) as Pick<ProcessContext, 'payload' | 'metadata'>;
  const { processId, entry, kind, key, userId } = message;
  const context: ProcessContext = {
    ...{ processId, entry, kind, key, userId, payload, metadata },
    ready: () => {
      if (!hasOutcome) post({ type: 'ready' });
    },
    heartbeat: () => {
      if (!hasOutcome) post({ type: 'heartbeat' });
    },
    complete: () => finish({ type: 'complete' }, 0),
    send: (payload) => send(payload, message.limits),
    ...{ onMessage, fail, onStop },
  };
  let exported: { default?: unknown; run?: unknown };
  try {
    exported = await import(message.url);
  } catch (error) {
    console.error(error);
    finish({ type: 'fail', failure: failureOf(error, 'SPOOKY_SUPERVISOR_ENTRY_LOAD') }, 1);
    return;
  }
  const run = typeof exported.default === 'function' ? exported.default : exported.run;
  if (typeof run !== 'function') {
    const text = `${entry} exports neither a default function nor a function named run; export one of them.`;
    finish({ type: 'fail', failure: failureOf(text, 'SPOOKY_SUPERVISOR_ENTRY_NO_EXPORT') }, 1);
    return;
  }
  try {
    const result: unknown = await run(context);
    if (typeof result === 'function') cleanup = () => result();
  } catch (error) {
    console.error(error);
    fail(error);
  }
  entryReturned = true;
  if (stopReason !== undefined && stopHandlers.size === 0) finish(undefined, 0);
}

process.on('message', (message: HostMessage) => {
  if (message instanceof Uint8Array) deliver(deserialize(message));
  else if (message.type === 'small') deliver(message.payload);
  else if (message.type === 'stop') stop(message.reason);
  else void start(message);
});

writeOutputSynchronously();

// For the diagnosis: SIGUSR1 then opens Node's inspector on a free port.
process.debugPort = 0;

process.on('uncaughtException', (error) => {
  console.error(error);
  fail(error);
});

process.on('disconnect', () => {
  try {
    process.kill(-process.pid, 'SIGKILL'); // the whole group: the entry's own children have no host either
  } catch {
    process.exit(1); // not the leader of a group (Windows)
  }
});

if (process.argv[2] === 'spare') {
  process.argv.pop(); // the entry must not see that it runs in a spare
  post({ type: 'idle' });
}
