import type { RecordId } from 'surrealdb';
import type { Logger } from '../logger.ts';
import { isProcessing, recoverLost } from './sql/recover.ts';
import type { Unfit } from './unfit.ts';

/** A job that loses its runner this often is probably what ends it. */
export const MOST_LOSSES = 3;

export interface RecoverOptions {
  readonly unfit: Unfit;
  readonly table: string;
  readonly runner: () => string | undefined;
  /** The jobs that this runner works on. */
  readonly mine: () => RecordId[];
  /** A job of a runner that is gone is due again, or has failed. */
  readonly onRecovered: (path: string) => void;
  readonly logger: Logger;
}

/**
 * Makes jobs of a partition due again that say `processing` of a runner that is gone, or of this one although it does not work on them;
 * that costs no retry. Gives how many it was.
 */
export function createRecover(options: RecoverOptions): (partition: number) => Promise<number> {
  const { unfit, table, runner, mine, onRecovered, logger } = options;
  const error = { code: 'runner_lost', reason: `Its runner was lost ${MOST_LOSSES} times while it ran.` };

  return async (partition) => {
    const me = runner();
    if (me === undefined) return 0;
    const bindings = { runner: me, mine: mine(), most: MOST_LOSSES, error };
    let count = 0;
    for (const result of await unfit.change(recoverLost(table, partition), bindings, isProcessing(partition))) {
      const { lost = [], unknown = [] } = Object(result);
      for (const row of lost) {
        logger.warn({ recovered: row }, 'recovered a job whose runner is gone');
        onRecovered(String(Object(row).path));
      }
      if (unknown.length > 0) logger.info({ jobs: unknown.map(String) }, 'jobs that this runner gave up are due again');
      count += lost.length + unknown.length;
    }
    return count;
  };
}
