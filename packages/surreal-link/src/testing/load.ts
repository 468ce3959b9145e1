/** Writers that run without a pause, and the writes that the database has acknowledged to them. */
import type { Queries } from '../queries.ts';

/** A link or user session that writes its own rows one after the other. */
export interface Writer {
  readonly name: string;
  /** The numbers of acknowledged writes. */
  readonly acknowledged: Set<number>;
  /** The number of errors by code. */
  readonly errors: Map<string, number>;
  /** Resolves with the time of its next acknowledged write. */
  nextAcknowledged(): Promise<number>;
  /** Stops the writer. Resolves when no write is in flight. */
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
        // An error that arrives immediately must not block the event loop.
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
