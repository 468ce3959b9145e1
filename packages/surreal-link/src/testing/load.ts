/** Writers that never stop, and what the database has acknowledged to them. */
import type { Queries } from '../queries.ts';

/** One link or one user session that writes its own rows one after the other. */
export interface Writer {
  readonly name: string;
  /** Numbers whose write was acknowledged. */
  readonly acknowledged: Set<number>;
  /** Codes of the errors that it met. */
  readonly errors: Map<string, number>;
  /** Resolves with the time of its next acknowledged write. */
  nextAcknowledged(): Promise<number>;
  /** Ends it; resolves when nothing is under way. */
  stop(): Promise<void>;
}

export function startWriter(name: string, queries: Queries, statement: string): Writer {
  const acknowledged = new Set<number>();
  const errors = new Map<string, number>();
  let next = Promise.withResolvers<number>();
  let isStopped = false;

  async function write(): Promise<void> {
    for (let number = 0; !isStopped; number += 1) {
      try {
        await queries.queryAll(statement, { writer: name, number });
        acknowledged.add(number);
        next.resolve(performance.now());
        next = Promise.withResolvers();
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
    nextAcknowledged: () => next.promise,
    async stop() {
      isStopped = true;
      await writing;
    },
  };
}
