/** Writes lines to standard output, and notices when its reader is gone, such as a closed pipe or terminal. */
export interface LineOutput {
  write(line: string): void;
  /** Resolves when the reader is gone. Later lines are dropped. */
  readonly lost: Promise<void>;
}

export function createLineOutput(stream: NodeJS.WriteStream): LineOutput {
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
  };
}
