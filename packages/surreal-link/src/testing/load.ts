/** Writers that never stop, and what the database has acknowledged to them. */
import type { Queries } from '../queries.ts';

/** One link or one user session that writes its own rows one after the other. */
export interface Writer {
  readonly name: string;
  /** Numbers whose write was acknowledged. */
  readonly acknowledged: Set<number>;
  /** Codes of the errors that it met. */
  readonly errors: Map<string, number>;
  /** Resolves with the time of the first write that is sent and acknowledged after now. */
  nextWrite(): Promise<number>;
  /** Ends it; resolves when nothing is under way. */
  stop(): Promise<void>;
}

export function startWriter(name: string, queries: Queries, statement: string): Writer {
  const acknowledged = new Set<number>();
  const errors = new Map<string, number>();
  let waiting: ((at: number) => void)[] = [];
  let isStopped = false;

  async function write(): Promise<void> {
    for (let number = 0; !isStopped; number += 1) {
      const told = waiting;
      try {
        await queries.queryAll(statement, { writer: name, number });
        acknowledged.add(number);
        if (told.length > 0) {
          waiting = waiting.slice(told.length);
          for (const tell of told) tell(performance.now());
        }
      } catch (error) {
        const code = String(Object(error).code ?? error);
        errors.set(code, (errors.get(code) ?? 0) + 1);
        // A failure that is known at once must not keep the event loop from everything else.
        await new Promise(setImmediate);
      }
    }
  }
  const writing = write();

  return {
    name,
    acknowledged,
    errors,
    nextWrite: () =>
      new Promise((resolve) => {
        waiting = [...waiting, resolve];
      }),
    async stop() {
      isStopped = true;
      await writing;
    },
  };
}
