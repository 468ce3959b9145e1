import { escapeIdent, RecordId } from 'surrealdb';
import { isAway } from '../connection.ts';
import type { Logger } from '../logger.ts';
import { isFenced } from '../ownership/fence.ts';
import { FAIL_UNFIT } from './sql/maintenance.ts';
import type { Writer } from './writer.ts';

/** Changes many rows of which some may not fit their schema. */
export interface Unfit {
  /**
   * Runs a statement about rows that it finds by itself. If the database refuses it, runs it for each row that `find` gives: it reads
   * `$only`, an id or NONE, and leaves out `$passedOver`. A row for which it is refused alone is failed; one that cannot even be failed is
   * logged once, and is in `$passedOver` from then on. Gives the results.
   */
  change(statement: string, bindings: Record<string, unknown>, find: string): Promise<unknown[]>;
}

const ERROR = { attempt: 1, code: 'job_unreadable', reason: 'The row does not fit its schema.' };

export function createUnfit(writer: Writer, table: string, logger: Logger): Unfit {
  const passedOver: RecordId[] = [];

  async function isTaken(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      if (isAway(error) || isFenced(error)) throw error;
      return false;
    }
  }

  async function fail(id: RecordId): Promise<void> {
    if (await isTaken(() => writer.write(FAIL_UNFIT, { ids0: [id], value0: ERROR }))) return;
    passedOver.push(id);
    logger.error({ job: String(id) }, 'a row that does not fit its schema cannot be changed; repair it');
  }

  return {
    async change(statement, bindings, find) {
      const results: unknown[] = [];
      const run = async (only?: RecordId): Promise<void> =>
        void results.push(await writer.write(statement, { ...bindings, passedOver, only }));
      if (await isTaken(() => run())) return results;
      const found = await writer.write(`RETURN (SELECT VALUE id FROM ${escapeIdent(table)} WHERE ${find})`, {
        passedOver,
      });
      for (const id of Array.isArray(found) ? found : []) {
        if (id instanceof RecordId && !(await isTaken(() => run(id)))) await fail(id);
      }
      return results;
    },
  };
}
