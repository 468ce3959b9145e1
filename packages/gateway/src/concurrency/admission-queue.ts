/** Runs a limited number of jobs at a time. Others wait in a queue, which is limited in total and per address. */
export interface AdmissionQueue {
  /** Returns the result of `work`, or undefined if the queue is full or the wait takes too long. */
  run<Result>(address: string, work: () => Promise<Result>): Promise<Result | undefined>;
}

export interface AdmissionQueueOptions {
  readonly atOnce: number;
  readonly waiting: number;
  readonly waitingPerAddress: number;
  readonly waitMs: number;
}

interface Waiting {
  readonly address: string;
  readonly call: (isTurn: boolean) => void;
}

export function createAdmissionQueue({
  atOnce,
  waiting,
  waitingPerAddress,
  waitMs,
}: AdmissionQueueOptions): AdmissionQueue {
  const queue = new Set<Waiting>();
  let running = 0;

  /** Resolves with whether the work may run. If so, it counts as running. */
  function turn(address: string): Promise<boolean> {
    if (running < atOnce) {
      running += 1;
      return Promise.resolve(true);
    }
    const ofAddress = [...queue].filter((other) => other.address === address).length;
    if (queue.size >= waiting || ofAddress >= waitingPerAddress) return Promise.resolve(false);
    return new Promise((resolve) => {
      const entry: Waiting = {
        address,
        call(isTurn) {
          clearTimeout(timer);
          queue.delete(entry);
          resolve(isTurn);
        },
      };
      const timer = setTimeout(() => entry.call(false), waitMs);
      queue.add(entry);
    });
  }

  return {
    async run(address, work) {
      if (!(await turn(address))) return undefined;
      try {
        return await work();
      } finally {
        const [next] = queue;
        // A slot is handed to the next in the queue without being released.
        if (next) next.call(true);
        else running -= 1;
      }
    },
  };
}
