import { spawn } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { suspension } from '../diagnosis/proc-status.ts';
import { SupervisorError } from '../errors.ts';
import { type Readiness, untilAnswering } from '../spawn/readiness.ts';
import { signalTree } from '../terminate/process-tree.ts';
import { OutOfMemory } from './out-of-memory.ts';
import { type Transport, type TransportListener, watchChild } from './transport.ts';

export interface CommandOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The complete environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly readiness: Readiness;
}

/** Starts a program without a shell as the leader of its own process group, and watches its readiness. */
export function startCommand(options: CommandOptions, listener: TransportListener): Transport {
  let asked = false;
  const memory = new OutOfMemory('raise --max-old-space-size in its arguments or its NODE_OPTIONS');
  const over = new AbortController();
  const readiness = options.readiness;
  const child = spawn(options.command, options.args, {
    cwd: options.cwd,
    env: options.environment,
    detached: true,
    windowsHide: true,
    // Its stdin stays open and empty: some dev servers end when stdin ends. So they also end when the host dies.
    stdio: ['pipe', 'pipe', 'pipe'],
  });

  const watched = watchChild(
    child,
    {
      ...listener,
      event(event) {
        if (event.type === 'exit') over.abort();
        listener.event(event.type === 'exit' ? { ...event, exit: memory.explain(event.exit) } : event);
      },
      output(stream, piece) {
        memory.see(stream, piece);
        listener.output(stream, piece);
        const texts = [piece.whole, piece.text];
        if (readiness.type === 'log' && texts.some((text) => matches(readiness.pattern, text)))
          listener.event({ type: 'ready' });
      },
    },
    () => asked,
  );

  child.once('spawn', async () => {
    if (readiness.type === 'log') return;
    if (readiness.type === 'none' || (await untilAnswering(readiness, over.signal))) listener.event({ type: 'ready' });
  });

  return {
    pid: child.pid,
    waitingMessages: 0,
    ask() {
      asked = true;
      over.abort();
      if (child.pid !== undefined) signalTree(child.pid, 'SIGTERM');
    },
    kill() {
      over.abort();
      watched.kill();
    },
    // Only a suspension can be recognised: what a program should be doing is unknown.
    diagnose: async () => (child.pid === undefined ? undefined : suspension(child.pid)),
    send() {
      throw new SupervisorError(
        'SPOOKY_SUPERVISOR_NO_MESSAGES',
        'A command takes no messages; only an entry started with spawn() does.',
      );
    },
  };
}

function matches(pattern: RegExp, line: string): boolean {
  pattern.lastIndex = 0; // a global pattern would continue after its last match
  return pattern.test(stripVTControlCharacters(line));
}
