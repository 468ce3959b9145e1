import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** A program in a process of its own, which can be killed and started again. */
export interface Killable {
  readonly name: string;
  /** Resolves when it serves. */
  start(): Promise<void>;
  /** kill -9; resolves when the process is gone. May be called again. */
  kill(): Promise<void>;
}

/** @param entry sends one message when it serves; gets `options` as JSON */
export function killable(name: string, entry: string, options: object): Killable {
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

/** A free port below those that the system hands out, so that it stays free between a kill and the next start. */
export async function lastingPort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const probe = createServer().listen(port, '127.0.0.1');
    const isFree = await once(probe, 'listening').then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    await new Promise((resolve) => probe.close(resolve));
    return port;
  }
}
