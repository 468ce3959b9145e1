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
import type { SupervisorErrorCode } from '../errors.ts';
import type { ErrorDetail } from '../failure/error-detail.ts';
import type { ChildMessage, HostMessage, IdleMessage, MessageLimits, StartMessage } from '../transport/protocol.ts';
import { isSmall } from '../transport/small-message.ts';
import { writeOutputSynchronously } from './blocking-output.ts';
import type { ProcessContext } from './process-context.ts';

/** The entry may change the working directory later. */
const root = process.cwd();
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
  finish({ type: 'fail', error: describe(error) }, 1);
}

/** Prints an error that the entry did not handle, and fails. `code` is set if there is a more specific one. */
function crash(error: unknown, code?: SupervisorErrorCode): void {
  const detail = describe(error);
  try {
    console.error(error);
  } catch {
    console.error(detail.message); // a proxy or a getter that throws
  }
  finish({ type: 'fail', error: detail, ...(code === undefined ? {} : { code }) }, 1);
}

let describer: typeof import('./describe-failure.ts') | undefined;

/** Loaded after the entry has started, or at its failure, because every start would wait for what this program imports. */
function loadDescriber(): typeof describer {
  try {
    const load = process.getBuiltinModule('node:module').createRequire(import.meta.url);
    describer ??= load(`./describe-failure.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`);
  } catch {} // for example, the entry has used up all file descriptors
  return describer;
}

function describe(error: unknown): ErrorDetail {
  const detail = loadDescriber()?.describeFailure(error, root);
  if (detail !== undefined) return detail;
  if (!(error instanceof Error)) return { message: 'failed, and its error could not be read' };
  return { message: error.message, ...('code' in error ? { code: String(error.code) } : {}) };
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
    crash(error);
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
    crash(error, 'SPOOKY_SUPERVISOR_ENTRY_LOAD');
    return;
  }
  const run = typeof exported.default === 'function' ? exported.default : exported.run;
  if (typeof run !== 'function') {
    const text = `${entry} exports neither a default function nor a function named run; export one of them.`;
    finish({ type: 'fail', error: { message: text }, code: 'SPOOKY_SUPERVISOR_ENTRY_NO_EXPORT' }, 1);
    return;
  }
  try {
    const result: unknown = await run(context);
    if (typeof result === 'function') cleanup = () => result();
  } catch (error) {
    crash(error);
  }
  entryReturned = true;
  setImmediate(loadDescriber);
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

process.on('uncaughtException', (error) => crash(error));

// Without this, Node replaces a reason that is no error with a text. An entry with its own handler decides for itself.
process.on('unhandledRejection', (reason) => {
  if (process.listenerCount('unhandledRejection') === 1) crash(reason);
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
