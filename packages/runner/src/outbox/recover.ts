import type { RecordId } from 'surrealdb';
import type { Logger } from '../logger.ts';
import { recoverLost } from './sql/recover.ts';
import type { Writer } from './writer.ts';

/** A job that loses its runner this often is probably what ends it. */
export const MOST_LOSSES = 3;

export interface RecoverOptions {
  readonly writer: Writer;
  readonly table: string;
  readonly runner: () => string | undefined;
  /** The jobs of a partition that are in the hands of this runner. */
  readonly mine: (partition: number) => RecordId[];
  /** A job of a runner that is gone is due again, or has failed. */
  readonly onRecovered: (path: string) => void;
  readonly logger: Logger;
}

/**
 * Makes jobs of a partition due again that say `processing` of a runner that is gone, or of this one although it does not work on them;
 * that costs no retry. Gives how many it was.
 */
export function createRecover(options: RecoverOptions): (partition: number) => Promise<number> {
  const { writer, table, runner, mine, onRecovered, logger } = options;
  const error = { code: 'runner_lost', reason: `Its runner was lost ${MOST_LOSSES} times while it ran.` };

  return async (partition) => {
    const me = runner();
    if (me === undefined) return 0;
    const bindings = { runner: me, mine: mine(partition), most: MOST_LOSSES, error };
    const { lost = [], unknown = [] } = Object(await writer.write(recoverLost(table, partition), bindings));
    for (const row of lost) {
      logger.warn({ recovered: row }, 'recovered a job whose runner is gone');
      onRecovered(String(Object(row).path));
    }
    if (unknown.length > 0) logger.info({ jobs: unknown.map(String) }, 'jobs that this runner gave up are due again');
    return lost.length + unknown.length;
  };
}
