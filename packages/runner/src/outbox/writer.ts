/*
 * Sends this runner's writes: two at a time at most, each in a transaction that changes a fence row of its own. So nothing of it commits
 * after its death, and no two of its writes meet on one fence.
 */
import type { Connection } from '../connection.ts';
import { isFenced } from '../ownership/fence.ts';

/**
 * How often a batch is sent that its sender splits when others write to its rows: the whole batch is lost for one contested row.
 * Measured with 100 requests of owners a second, aimed at batches of 250: a row was sent 6.6 to 11 times on average with 20
 * attempts, 3.9 with three, 2.4 to 3 with two. With one, every batch that loses by chance is split.
 */
export const ATTEMPTS_BEFORE_SPLIT = 2;

export interface Fences {
  /** Puts statements into one transaction with the fence of a writer. Its last result is what they return. */
  fenced(writer: 0 | 1, statements: string): string;
  /** The database says that this runner is dead. */
  onFenced(): void;
}

export interface Writer {
  /**
   * Runs statements when a fence is free, in the order of the calls, and gives what they return.
   *
   * @param attempts how often it is sent if others write the same rows at the same time; by default as the link says
   * @throws RunnerError and ServerError as `Connection.query`; see `isContested` and `isFenced`
   */
  write(statements: string, bindings: Record<string, unknown>, attempts?: number): Promise<unknown>;
}

export function createWriter(connection: Pick<Connection, 'query'>, fences: Fences): Writer {
  const free: (0 | 1)[] = [0, 1];
  const waiting: ((fence: 0 | 1) => void)[] = [];

  async function take(): Promise<0 | 1> {
    return free.shift() ?? (await new Promise<0 | 1>((resolve) => waiting.push(resolve)));
  }

  function giveBack(fence: 0 | 1): void {
    const next = waiting.shift();
    if (next) next(fence);
    else free.push(fence);
  }

  return {
    async write(statements, bindings, attempts) {
      // The text belongs to the life of this runner in which it was asked for, however long it waits.
      const texts = [fences.fenced(0, statements), fences.fenced(1, statements)] as const;
      const fence = await take();
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
        giveBack(fence);
      }
    },
  };
}
