/** Hands out a fixed number of places; a bounded number of callers may wait for one, in order. */
export interface Slots {
  /**
   * Runs the task in a place of its own.
   *
   * @param signal leaves the queue; once the task runs it is the task's to listen
   * @throws what the task throws, the signal's reason, or `full()` when too many wait already
   */
  run<Result>(task: () => Promise<Result>, signal: AbortSignal, full: () => Error): Promise<Result>;
}

export function createSlots({ places, queue }: { places: number; queue: number }): Slots {
  let taken = 0;
  const waiting = new Set<() => void>();

  const take = (signal: AbortSignal, full: () => Error): Promise<void> => {
    signal.throwIfAborted();
    if (taken < places) {
      taken++;
      return Promise.resolve();
    }
    if (waiting.size >= queue) throw full();
    return new Promise((resolve, reject) => {
      const enter = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        waiting.delete(enter);
        reject(signal.reason);
      };
      waiting.add(enter);
      signal.addEventListener('abort', leave, { once: true });
    });
  };

  /** The place goes straight to who waits longest, so that nobody can slip in between. */
  const giveBack = (): void => {
    const [next] = waiting;
    if (next === undefined) {
      taken--;
      return;
    }
    waiting.delete(next);
    next();
  };

  return {
    async run(task, signal, full) {
      await take(signal, full);
      try {
        return await task();
      } finally {
        giveBack();
      }
    },
  };
}
