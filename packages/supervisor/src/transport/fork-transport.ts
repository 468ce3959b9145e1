import type { ChildProcess } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { Diagnosis } from '../diagnosis/diagnosis.ts';
import { SupervisorError } from '../errors.ts';
import { forkRuntime, type RuntimeSetup } from '../spawn/runtime-process.ts';
import { OutOfMemory } from './out-of-memory.ts';
import { packedBytes } from './payload.ts';
import { type HostMessage, parseChildMessage, type StartMessage } from './protocol.ts';
import { type Transport, type TransportListener, watchChild } from './transport.ts';

export interface ForkOptions extends RuntimeSetup {
  readonly start: StartMessage;
}

/** Starts an entry in the given spare, or in a new fork. */
export function startFork(options: ForkOptions, listener: TransportListener, spare?: ChildProcess): Transport {
  const child = spare ?? forkRuntime(options);
  let diagnosis: Diagnosis | undefined;
  const memory = new OutOfMemory('raise heapLimitMb');
  const watched = watchChild(
    child,
    {
      ...listener,
      event(event) {
        if (event.type === 'exit') diagnosis?.end();
        listener.event(event.type === 'exit' ? { ...event, exit: memory.explain(event.exit) } : event);
      },
      output(stream, piece) {
        if (stream === 'stderr' && diagnosis?.consumeLine(piece.text) === true) return;
        memory.see(stream, piece);
        listener.output(stream, piece);
      },
    },
    () => false,
  );

  let listening = false;
  let unwritten = 0;
  const outbox: Uint8Array[] = [];
  // Also receives the error of a dead pipe, which the exit event reports better.
  const written = () => {
    unwritten -= 1;
  };
  const post = (message: HostMessage) => {
    if (!child.connected) return;
    unwritten += 1;
    child.send(message, written);
  };
  const flush = () => {
    while (listening && outbox.length > 0) {
      const data = outbox.shift();
      if (data !== undefined) post(data);
    }
  };

  child.on('message', (raw) => {
    const message = parseChildMessage(raw);
    if (message === undefined) return;
    if (message instanceof Uint8Array || message.type === 'small') listener.message(message);
    else if (message.type === 'listening') {
      listening = message.on;
      flush();
    } else {
      if (message.type === 'fail') diagnosis?.childFailed(message.failure);
      listener.event(message);
    }
  });
  post(options.start);

  return {
    pid: child.pid,
    get waitingMessages() {
      return outbox.length + unwritten;
    },
    ask: (reason) => post({ type: 'stop', reason }),
    kill() {
      diagnosis?.end();
      watched.kill();
    },
    async diagnose() {
      if (child.pid === undefined) return undefined;
      diagnosis ??= new Diagnosis(child.pid, `${pathToFileURL(options.root)}/`);
      return diagnosis.activity;
    },
    send(message) {
      if (!child.connected) throw new SupervisorError('SPOOKY_SUPERVISOR_PROCESS_ENDED', 'The process has ended.');
      // Messages that wait for the first handler, plus those that the child has not read.
      const { waitingMessages: waiting } = this;
      if (waiting >= options.start.limits.queuedMessages) {
        throw new SupervisorError(
          'SPOOKY_SUPERVISOR_QUEUE_FULL',
          `${waiting} messages wait for the process; send less often, or check that it calls onMessage.`,
        );
      }
      if (listening && outbox.length === 0) {
        post(message);
        return;
      }
      const data = packedBytes(message); // a copy: the caller may change the original while it waits
      if (data !== undefined) outbox.push(data);
    },
  };
}
