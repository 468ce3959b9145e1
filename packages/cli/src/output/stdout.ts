/** Standard output as a whole-line writer that notices when nobody reads any more: a closed pipe, a closed terminal. */
export interface LineOutput {
  write(line: string): void;
  /** Resolves when the reader is gone; from then on lines are dropped. */
  readonly lost: Promise<void>;
}

export function createLineOutput(stream: NodeJS.WriteStream): LineOutput {
  const { promise, resolve } = Promise.withResolvers<void>();
  let isLost = false;
  // Without a listener this event would end the process at once, and what it started with it.
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
