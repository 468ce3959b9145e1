import type { Connection } from './connection.ts';
import { type ParsedJob, parseJob } from './job.ts';
import type { Logger } from './logger.ts';
import type { TableStatements } from './statements.ts';
import { milliseconds, runSweep, type Unwritable } from './sweep.ts';

/** Takes up to `limit` due jobs, earliest first; each is this runner's alone until its lease is over. */
export type Claim = (limit: number) => Promise<ParsedJob[]>;

export interface ClaimOptions {
  readonly runnerId: string;
  readonly leaseMs: number;
}

export function createClaim(
  connection: Connection,
  statements: TableStatements,
  { runnerId, leaseMs }: ClaimOptions,
  unwritable: Unwritable,
  logger: Logger,
): Claim {
  return async (limit) => {
    const bindings = { limit, runner: runnerId, lease: milliseconds(leaseMs) };
    const rows = await runSweep(connection, statements.claim, bindings, unwritable, logger);
    return rows.map(parseJob).filter((parsed) => parsed !== undefined);
  };
}
