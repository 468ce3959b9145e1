/** Work that several callers may request at the same time and that runs once. */
export interface SharedWork<Result> {
  /**
   * Joins the work that runs under this name, or starts it. The work continues as long as one caller waits. When the last
   * caller leaves, its signal aborts, and the next caller of the name starts it again.
   *
   * @throws the error of the work, or the reason of the caller's own signal
   */
  run(name: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<Result>): Promise<Result>;
}

export function createSharedWork<Result>(): SharedWork<Result> {
  const running = new Map<string, { result: Promise<Result>; callers: number; controller: AbortController }>();

  return {
    run(name, signal, work) {
      if (signal.aborted) return Promise.reject(signal.reason);
      let entry = running.get(name);
      if (entry === undefined) {
        const controller = new AbortController();
        const started = { result: work(controller.signal), callers: 0, controller };
        const forget = (): void => {
          if (running.get(name) === started) running.delete(name);
        };
        started.result.then(forget, forget);
        running.set(name, started);
        entry = started;
      }
      const shared = entry;
      shared.callers++;
      return new Promise((resolve, reject) => {
        const leave = (): void => {
          reject(signal.reason);
          if (--shared.callers > 0) return;
          if (running.get(name) === shared) running.delete(name);
          shared.controller.abort(signal.reason);
        };
        signal.addEventListener('abort', leave, { once: true });
        shared.result.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
      });
    },
  };
}
