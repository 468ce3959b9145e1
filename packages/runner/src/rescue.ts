import type { Connection } from './connection.ts';
import type { Logger } from './logger.ts';
import type { TableStatements } from './statements.ts';
import { runSweep, type Unwritable } from './sweep.ts';

/** A job that loses its runner this often is probably what ends it. */
const MOST_LOST_RUNNERS = 3;
const BATCH = 500;

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
): Rescue {
  const reason = `Its runner was lost ${MOST_LOST_RUNNERS} times while it ran.`;
  return async () => {
    const bindings = { limit: BATCH, most: MOST_LOST_RUNNERS, error: { code: 'runner_lost', reason } };
    const rows = await runSweep(connection, statements.rescue, bindings, unwritable, logger);
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

function pathOf(row: unknown): string {
  return typeof row === 'object' && row !== null && 'path' in row && typeof row.path === 'string' ? row.path : '';
}

function isPending(row: unknown): boolean {
  return typeof row === 'object' && row !== null && 'status' in row && row.status === 'pending';
}
