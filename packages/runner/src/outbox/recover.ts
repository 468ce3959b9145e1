import { RecordId } from 'surrealdb';
import { type Connection, isAway } from '../connection.ts';
import type { Logger } from '../logger.ts';
import { isFenced } from '../ownership/fence.ts';
import { PARTITIONS } from '../ownership/partition.ts';
import { type BatchSize, createBatchSize } from './batch-size.ts';
import { adopt, findStrays } from './sql/maintenance.ts';
import { writeAlike } from './sql/outcomes.ts';
import { findLost, RECOVER } from './sql/recover.ts';
import type { Writer } from './writer.ts';

/** A job that loses its runner this often is probably the cause. */
export const MAX_LOSSES = 3;
/** The rows of one statement. */
const BATCH = 100;

export interface RecoverOptions {
  readonly connection: Pick<Connection, 'query'>;
  readonly writer: Writer;
  readonly table: string;
  readonly runner: () => string | undefined;
  /** The jobs that this runner has marked. */
  readonly mine: () => RecordId[];
  /** A job of a lost runner is due again, or has failed. */
  readonly onRecovered: (path: string) => void;
  readonly logger: Logger;
}

/** Finds jobs that no runner works on. */
export interface Recover {
  /** Looks once, in these partitions. Returns how many jobs are due again or have failed. */
  lost(partitions: ReadonlySet<number>): Promise<number>;
  /** Looks once for open jobs that are in no partition, and gives them one. Returns how many it found. */
  strays(): Promise<number>;
}

/**
 * Makes `processing` jobs due again whose runner is lost, or that name this runner although it does not work on them.
 * That costs no retry. A row that breaks its own schema is failed. A row that cannot be changed at all is skipped, and
 * logged once.
 */
export function createRecover(options: RecoverOptions): Recover {
  const { connection, writer, table, runner, mine, onRecovered, logger } = options;
  const skipped = new Map<string, RecordId>();
  const batchSize = createBatchSize(BATCH);

  async function find(statement: string): Promise<RecordId[]> {
    const bindings = { runner: runner(), mine: mine(), except: [...skipped.values()] };
    const ids: unknown = await connection.query(statement, bindings);
    return (Array.isArray(ids) ? ids : []).filter((id) => id instanceof RecordId);
  }

  /** Writes in batches, and row by row if the database refuses a batch. Returns what the statements returned. */
  async function write(statement: string, ids: readonly RecordId[], size: BatchSize = batchSize): Promise<unknown[]> {
    const written: unknown[] = [];
    for (let from = 0; from < ids.length; ) {
      const batch = ids.slice(from, from + size.current);
      from += batch.length;
      const startedAt = performance.now();
      try {
        const error = { code: 'runner_lost', reason: `Its runner was lost ${MAX_LOSSES} times while it ran.` };
        const bindings = { ids: batch, runner: runner(), mine: mine(), most: MAX_LOSSES, error };
        written.push(...list(await writer.write(statement, bindings)));
        size.written(batch.length, performance.now() - startedAt);
      } catch (error) {
        if (isAway(error)) size.unanswered(batch.length);
        if (isAway(error) || isFenced(error)) throw error;
        const [only] = batch;
        if (batch.length === 1 && only) await failUnreadable(only, error);
        else written.push(...(await write(statement, batch, createBatchSize(1))));
      }
    }
    return written;
  }

  async function failUnreadable(id: RecordId, cause: unknown): Promise<void> {
    const job = String(id);
    try {
      const error = { attempt: 1, code: 'job_unreadable', reason: 'The job does not fit the schema of its table.' };
      await writer.write(`RETURN (${writeAlike('unreadable', 0)})`, { ids0: [id], value0: error });
      logger.error({ job, err: cause }, 'failed a job that does not fit its schema');
    } catch (error) {
      if (isAway(error) || isFenced(error)) throw error;
      skipped.set(job, id);
      const message = 'a job does not fit its schema and cannot be changed; repair the row, then restart the runner';
      logger.error({ job, err: error }, message);
    }
  }

  return {
    async lost(partitions) {
      const ids = await find(findLost(table, partitions, PARTITIONS));
      for (const row of await write(RECOVER, ids)) {
        logger.warn({ recovered: row }, 'recovered a job of a lost runner');
        onRecovered(String(Object(row).path));
      }
      return ids.length;
    },
    async strays() {
      let count = 0;
      for (;;) {
        const ids = await find(findStrays(table, PARTITIONS, BATCH));
        const adopted = await write(`RETURN (${adopt(PARTITIONS)})`, ids);
        if (adopted.length > 0) logger.warn({ jobs: adopted.length, table }, 'moved jobs without a partition into one');
        count += ids.length;
        // A batch that is not full is the last one.
        if (ids.length < BATCH) return count;
      }
    },
  };
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
