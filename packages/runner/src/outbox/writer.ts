/*
 * Sends this runner's writes: at most two at a time, each in a transaction that changes one of the runner's two fence
 * rows. So nothing commits after the runner's death, and two concurrent writes never share a fence.
 */
import type { Connection } from '../connection.ts';
import { isFenced } from '../ownership/fence.ts';

/**
 * How often a batch is sent before its sender splits it because others write to its rows: one contested row loses the
 * whole batch. Measured with 100 owners' requests a second, aimed at batches of 250: a row was sent 6.6 to 11 times on
 * average with 20 attempts, 3.9 with three, 2.4 to 3 with two. With one attempt, every batch that loses once by chance
 * is split.
 */
export const ATTEMPTS_BEFORE_SPLIT = 2;

/** The fences of this runner. */
export interface Fences {
  /** Puts statements into one transaction with the fence of a writer. It returns the result of the last statement. */
  fenced(writer: 0 | 1, statements: string): string;
  /** The database says that this runner is dead. */
  onFenced(): void;
}

/** Writes statements that commit only while this runner is alive. */
export interface Writer {
  /**
   * Runs statements when a fence is free, in the order of the calls, and returns their result.
   *
   * @param attempts how often to send them if others write the same rows at the same time. Default: the link's setting
   * @throws RunnerError and ServerError like `Connection.query`; see `isContested` and `isFenced`
   */
  write(statements: string, bindings: Record<string, unknown>, attempts?: number): Promise<unknown>;
}

export function createWriter(connection: Pick<Connection, 'query'>, fences: Fences): Writer {
  const free: (0 | 1)[] = [0, 1];
  const waiting: ((fence: 0 | 1) => void)[] = [];

  async function acquire(): Promise<0 | 1> {
    return free.shift() ?? (await new Promise<0 | 1>((resolve) => waiting.push(resolve)));
  }

  function release(fence: 0 | 1): void {
    const next = waiting.shift();
    if (next) next(fence);
    else free.push(fence);
  }

  return {
    async write(statements, bindings, attempts) {
      // The text belongs to the id that the runner had at the call, however long it waits.
      const texts = [fences.fenced(0, statements), fences.fenced(1, statements)] as const;
      const fence = await acquire();
      try {
        return await connection.query(
          texts[fence],
          bindings,
          attempts === undefined ? {} : { conflictAttempts: attempts },
        );
      } catch (error) {
        if (isFenced(error)) fences.onFenced();
        throw error;
      } finally {
        release(fence);
      }
    },
  };
}
