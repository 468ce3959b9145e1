/** A fixed number of slots. A bounded number of callers can wait for one, in order. */
export interface Slots {
  /**
   * Runs the task in a slot.
   *
   * @param signal removes the caller from the queue; once the task runs, the task itself must observe it
   * @throws the error of the task, the signal's reason, or `full()` if too many callers wait
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

  /** Passes the slot directly to the caller that has waited longest, so that no other caller gets it first. */
  const release = (): void => {
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
        release();
      }
    },
  };
}
