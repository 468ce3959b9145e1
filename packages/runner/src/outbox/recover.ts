import { RecordId } from 'surrealdb';
import { type Connection, isAway } from '../connection.ts';
import type { Logger } from '../logger.ts';
import { isFenced } from '../ownership/fence.ts';
import { writeAlike } from './sql/outcomes.ts';
import { findLost, RECOVER } from './sql/recover.ts';
import type { Writer } from './writer.ts';

/** A job that loses its runner this often is probably what ends it. */
export const MOST_LOSSES = 3;
/** Of one statement. */
const BATCH = 100;

export interface RecoverOptions {
  readonly connection: Pick<Connection, 'query'>;
  readonly writer: Writer;
  readonly table: string;
  readonly runner: () => string | undefined;
  /** The jobs that are in the hands of this runner. */
  readonly mine: () => RecordId[];
  /** A job of a runner that is gone is due again, or has failed. */
  readonly onRecovered: (path: string) => void;
  readonly logger: Logger;
}

/** Looks once, in these partitions. Gives how many jobs are due again or have failed. */
export type Recover = (partitions: ReadonlySet<number>) => Promise<number>;

/**
 * Makes jobs due again that say `processing` of a runner that is gone, or of this one although it does not work on them; that costs no
 * retry. A row that breaks its own schema is failed; one that the database lets nobody change is passed over, and told once.
 */
export function createRecover(options: RecoverOptions): Recover {
  const { connection, writer, table, runner, mine, onRecovered, logger } = options;
  const lost = { code: 'runner_lost', reason: `Its runner was lost ${MOST_LOSSES} times while it ran.` };
  const passedOver = new Map<string, RecordId>();

  async function write(ids: readonly RecordId[]): Promise<number> {
    const bindings = { ids, runner: runner(), mine: mine(), most: MOST_LOSSES, error: lost };
    try {
      const rows: unknown = await writer.write(RECOVER, bindings);
      for (const row of Array.isArray(rows) ? rows : []) {
        logger.warn({ recovered: row }, 'recovered a job whose runner is gone');
        onRecovered(String(Object(row).path));
      }
      return ids.length;
    } catch (error) {
      if (isAway(error) || isFenced(error)) throw error;
      const [only] = ids;
      if (only === undefined) return 0;
      if (ids.length === 1) return await giveUp(only, error);
    }
    let count = 0;
    for (const id of ids) count += await write([id]);
    return count;
  }

  async function giveUp(id: RecordId, cause: unknown): Promise<number> {
    const job = String(id);
    try {
      const error = { attempt: 1, code: 'job_unreadable', reason: 'The job does not fit the schema of its table.' };
      await writer.write(`RETURN (${writeAlike('unreadable', 0)})`, { ids0: [id], value0: error });
      logger.error({ job, err: cause }, 'failed a job that does not fit its schema');
      return 1;
    } catch (error) {
      if (isAway(error) || isFenced(error)) throw error;
      passedOver.set(job, id);
      const message = 'a job does not fit its schema and cannot be changed; repair the row, then restart the runner';
      logger.error({ job, err: error }, message);
      return 0;
    }
  }

  return async (partitions) => {
    const me = runner();
    if (me === undefined || partitions.size === 0) return 0;
    const bindings = { runner: me, mine: mine(), except: [...passedOver.values()] };
    const ids: unknown = await connection.query(findLost(table, partitions), bindings);
    const found = (Array.isArray(ids) ? ids : []).filter((id) => id instanceof RecordId);
    let count = 0;
    for (let from = 0; from < found.length; from += BATCH) count += await write(found.slice(from, from + BATCH));
    return count;
  };
}
