import type { Writable } from 'node:stream';

/** Writes lines to standard output, and notices when its reader is gone, such as a closed pipe or terminal. */
export interface LineOutput {
  write(line: string): void;
  /** Resolves when the reader is gone. Later lines are dropped. */
  readonly lost: Promise<void>;
  /** Whether so much is waiting for the reader that less important lines should be dropped. */
  isBehind(): boolean;
}

/** 16 MiB. A reader that only pauses, such as a busy terminal, is behind by much less. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;

export function createLineOutput(stream: Writable): LineOutput {
  const { promise, resolve } = Promise.withResolvers<void>();
  let isLost = false;
  // Without a listener, this event would end the process before it can stop what it started.
  stream.on('error', () => {
    isLost = true;
    resolve();
  });
  return {
    write(line) {
      if (!isLost) stream.write(`${line}\n`);
    },
    lost: promise,
    isBehind: () => stream.writableLength > MAX_WAITING_BYTES,
  };
}
