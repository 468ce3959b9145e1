/** Runs at most so many pieces of work at a time; the others wait in line, at most so many in all and of one address. */
export interface WaitingLine {
  /** Returns what the work gives, or undefined if there is no room or its turn did not come in time. */
  run<Result>(address: string, work: () => Promise<Result>): Promise<Result | undefined>;
}

export interface WaitingLineOptions {
  readonly atOnce: number;
  readonly waiting: number;
  readonly waitingPerAddress: number;
  readonly waitMs: number;
}

interface Waiting {
  readonly address: string;
  readonly call: (isTurn: boolean) => void;
}

export function createWaitingLine({ atOnce, waiting, waitingPerAddress, waitMs }: WaitingLineOptions): WaitingLine {
  const line = new Set<Waiting>();
  let running = 0;

  /** Resolves with whether the work may run; it then counts as running. */
  function turn(address: string): Promise<boolean> {
    if (running < atOnce) {
      running += 1;
      return Promise.resolve(true);
    }
    const ofAddress = [...line].filter((other) => other.address === address).length;
    if (line.size >= waiting || ofAddress >= waitingPerAddress) return Promise.resolve(false);
    return new Promise((resolve) => {
      const entry: Waiting = {
        address,
        call(isTurn) {
          clearTimeout(timer);
          line.delete(entry);
          resolve(isTurn);
        },
      };
      const timer = setTimeout(() => entry.call(false), waitMs);
      line.add(entry);
    });
  }

  return {
    async run(address, work) {
      if (!(await turn(address))) return undefined;
      try {
        return await work();
      } finally {
        const [next] = line;
        // The place goes from one to the next without becoming free between.
        if (next) next.call(true);
        else running -= 1;
      }
    },
  };
}
