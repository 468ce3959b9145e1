/**
 * What runs in the child: takes the start message, imports the entry and gives it its context. Every millisecond here
 * is paid by every spawn, so it imports nothing but what IPC has loaded anyway.
 *
 * How a child ends:
 * - `complete()` and `fail()` are told to the host at once; then the cleanup that the entry returned runs, and the
 *   process exits when everything it sent has been written (exiting earlier would lose large messages).
 * - A stop calls the onStop handlers. One that returns a promise is awaited, then the process exits. After one that
 *   returns nothing the process ends by `complete()`, or by itself when nothing is left to do. Without a handler it
 *   ends as soon as the entry's function has returned.
 * - When the host is gone, so is the child, with its own children.
 */
import { deserialize, serialize } from 'node:v8';
import type { Failure } from '../process/lifecycle.ts';
import type { ChildMessage, HostMessage, IdleMessage, MessageLimits, StartMessage } from '../transport/protocol.ts';
import { isSmall } from '../transport/small-message.ts';

/** What the entry's function is called with. */
export interface ProcessContext {
  /** Host-assigned id of this process. */
  readonly processId: string;
  /** The entry as it was given to `spawn`. */
  readonly entry: string;
  /** Logical kind of the process. */
  readonly kind: string;
  /** Stable dedupe key, if one was given. */
  readonly key: string | undefined;
  /** The payload given to `spawn`, copied. */
  readonly payload: unknown;
  /** The metadata given to `spawn`, copied. */
  readonly metadata: Record<string, unknown> | undefined;
  /** The user that this process works for, if any. */
  readonly userId: string | undefined;
  /** Acknowledges a successful start. `spawn` waits for it. */
  ready(): void;
  /** Keeps the host's watchdog quiet: call it more often than every `heartbeatTimeoutMs`. */
  heartbeat(): void;
  /** Sends a copy of `payload` to the host. Throws a TypeError when it cannot be copied, a RangeError when it is larger
   *  than the supervisor's `limits.messageBytes`, or when `limits.queuedMessages` still wait for the host to read them. */
  send(payload: unknown): void;
  /** Takes messages from the host; earlier ones wait for the first handler. Returns a function that detaches it. */
  onMessage(handler: (payload: unknown) => void): () => void;
  /** Marks the process as completed and ends it. */
  complete(): void;
  /** Marks the process as failed and ends it. */
  fail(error?: unknown): void;
  /** Called once when the host asks for a stop, also when it asked before the handler was attached. */
  onStop(handler: (reason: string) => unknown): () => void;
}

const messageHandlers = new Set<(payload: unknown) => void>();
const stopHandlers = new Set<(reason: string) => unknown>();
const early: unknown[] = [];
let waiting = 0;
/** Called when nothing waits to be written any more. */
let allWritten = () => {};
let ended = false;
let entryReturned = false;
let stopReason: string | undefined;
let cleanup: (() => unknown) | undefined;

function post(message: ChildMessage | IdleMessage): void {
  waiting += 1;
  if (process.connected && process.send !== undefined) process.send(message, undefined, undefined, written);
  else written();
}

function written(): void {
  waiting -= 1;
  if (waiting === 0) allWritten();
}

function send(payload: unknown, { messageBytes, queuedMessages }: MessageLimits): void {
  if (ended) return;
  if (waiting >= queuedMessages) throw new RangeError(`${waiting} messages wait for the host; send less often.`);
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
      for (const payload of early.splice(0)) deliver(payload);
    });
  }
  return () => {
    if (messageHandlers.delete(handler) && messageHandlers.size === 0) post({ type: 'listening', on: false });
  };
}

function deliver(payload: unknown): void {
  if (messageHandlers.size === 0) early.push(payload);
  for (const handler of messageHandlers) handler(payload);
}

/** Tells the outcome at once, cleans up, and exits when all is written. Only the first outcome counts. */
function finish(outcome: ChildMessage | undefined, exitCode: number): void {
  if (ended) return;
  ended = true;
  if (outcome !== undefined) post(outcome);
  // One turn later, so that an entry which completes within its own function has returned its cleanup.
  setImmediate(async () => {
    try {
      await cleanup?.();
    } catch (error) {
      console.error(error);
    }
    allWritten = () => process.exit(exitCode);
    if (waiting === 0) allWritten();
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
  const message = error === undefined || error === null || error === '' ? 'failed without saying why' : String(error);
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
      if (!ended) post({ type: 'ready' });
    },
    heartbeat: () => {
      if (!ended) post({ type: 'heartbeat' });
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

// Should the host have to ask what blocks this process (SIGUSR1 opens Node's inspector), then on a port that is free.
process.debugPort = 0;

process.on('uncaughtException', (error) => {
  console.error(error);
  fail(error);
});

process.on('disconnect', () => {
  try {
    process.kill(-process.pid, 'SIGKILL'); // the whole group: whatever the entry started has no host either
  } catch {
    process.exit(1); // not the leader of a group (Windows)
  }
});

if (process.argv[2] === 'spare') {
  process.argv.pop(); // the entry shall not see that it came late
  post({ type: 'idle' });
}
