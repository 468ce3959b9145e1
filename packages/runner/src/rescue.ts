import type { Connection } from './connection.ts';
import type { Logger } from './logger.ts';
import { atNow, type TableStatements } from './statements.ts';
import { runSweep, type Unwritable } from './sweep.ts';

/** A job that loses its runner this often is probably what ends it. */
const MOST_LOST_RUNNERS = 3;
const BATCH = 500;
/**
 * So many rows are rescued in one statement. All runners find the same ones, and of those that write the same row at the
 * same time one wins: with all in one statement, four runners rescued 600 rows in 20 s beside other work, and while
 * they were killed never. With groups, each runner taking them in another order, it is 4 s.
 */
const GROUP = 25;
/** What makes a sweep of rows that are known. */
const KNOWN = { select: '$ids', selectExcept: 'array::complement($ids, $unwritable)' };

/**
 * Makes jobs with a lapsed lease due again, whoever held them; that costs no retry. A job that lost its runner three
 * times is failed. Gives how many are due again.
 */
export type Rescue = () => Promise<number>;

export function createRescue(
  connection: Connection,
  statements: TableStatements,
  unwritable: Unwritable,
  logger: Logger,
  onRescued: (path: string) => void,
  random: () => number,
): Rescue {
  const { select, selectExcept, update } = statements.rescue;
  const error = { code: 'runner_lost', reason: `Its runner was lost ${MOST_LOST_RUNNERS} times while it ran.` };

  async function lapsed(): Promise<unknown[]> {
    const find = unwritable.size === 0 ? select : selectExcept;
    const bindings = { limit: BATCH, unwritable: [...unwritable.values()] };
    const ids = await connection.query(atNow(find), bindings);
    return Array.isArray(ids) ? ids : [];
  }

  return async () => {
    const rows: unknown[] = [];
    for (const ids of inAnyOrder(groupsOf(await lapsed()), random)) {
      const bindings = { ids, most: MOST_LOST_RUNNERS, error };
      rows.push(...(await runSweep(connection, { ...KNOWN, update }, bindings, unwritable, logger)));
    }
    for (const row of rows) logger.warn({ rescued: row }, 'rescued a job whose lease had lapsed');
    for (const row of rows) onRescued(pathOf(row));
    return rows.filter(isPending).length;
  };
}

/**
 * Gives back what this runner claimed without ever learning of it, because the connection was lost before the answer.
 * Without, those jobs would wait for their leases to lapse. No claim may be under way meanwhile.
 */
export function createRecover(
  connection: Connection,
  statements: TableStatements,
  runnerId: string,
  unwritable: Unwritable,
  logger: Logger,
): (held: readonly string[]) => Promise<void> {
  return async (tokens) => {
    const bindings = { limit: BATCH, runner: runnerId, tokens };
    const rows = await runSweep(connection, statements.recover, bindings, unwritable, logger);
    if (rows.length > 0) logger.warn({ jobs: rows.map(String) }, 'gave back jobs of a claim whose answer was lost');
  };
}

function groupsOf(ids: readonly unknown[]): unknown[][] {
  return Array.from({ length: Math.ceil(ids.length / GROUP) }, (_, n) => ids.slice(n * GROUP, (n + 1) * GROUP));
}

function inAnyOrder<T>(items: readonly T[], random: () => number): T[] {
  const placed = items.map((item) => ({ item, place: random() }));
  return placed.sort((a, b) => a.place - b.place).map(({ item }) => item);
}

function pathOf(row: unknown): string {
  return typeof row === 'object' && row !== null && 'path' in row && typeof row.path === 'string' ? row.path : '';
}

function isPending(row: unknown): boolean {
  return typeof row === 'object' && row !== null && 'status' in row && row.status === 'pending';
}
