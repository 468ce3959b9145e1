/*
 * Takes due jobs.
 *
 * Runners that claim at the same moment want the same rows, those at the head of the queue; one of them gets them, and
 * the work of the others was for nothing. So whoever meets others looks further back next time and takes less, the more
 * so the more often it happens.
 *
 * An index keeps what was taken out of it for a while, and a search from its beginning walks over all of that: 8,000
 * claims ago costs 5 ms. So a claim begins where the last one ended. What is due before that (given back, rescued, or
 * inserted by somebody slow) is found by the next claim from the beginning, at the latest with the poll.
 */
import { DateTime } from 'surrealdb';
import type { Connection } from './connection.ts';
import { type ParsedJob, parseJob } from './job.ts';
import type { Logger } from './logger.ts';
import type { TableStatements } from './statements.ts';
import { milliseconds, runSweep, type Unwritable } from './sweep.ts';

export interface Claim {
  /**
   * How many jobs one claim may take, so that on a slow database it is over long before its leases are; by how long the
   * last ones took.
   */
  readonly affordable: number;
  /**
   * Takes up to `limit` due jobs, mostly the earliest; each is this runner's alone until its lease is over. `full` says that
   * there may be more.
   */
  take(limit: number): Promise<{ readonly jobs: ParsedJob[]; readonly full: boolean }>;
  /** Begins from the beginning next time. */
  rewind(): void;
}

export interface ClaimOptions {
  readonly runnerId: string;
  readonly leaseMs: number;
  /** In [0, 1). */
  readonly random: () => number;
}

/** What one statement has taken. */
interface Taken {
  readonly rows: unknown[];
  /** How many were left out for others. */
  readonly skipped: number;
  /** As many as were asked for: there may be more. */
  readonly full: boolean;
}

/** Inserts that begin before others may end after them, mostly within this time. */
const MARGIN_MS = 100;
/** Before every time, and before whatever else somebody may have written there. */
const BEGINNING = null;
/** Claims that this runner may leave to the others. */
const MOST_OTHERS = 8;
/** Of so few, nobody takes less for the sake of the others. */
const LEAST_CLAIMED = 8;
/** Of its leases' time, a claim may take a tenth. */
const SHARE_OF_LEASE = 0.1;
/** How much of the crowd is forgotten with each claim that met nobody. */
const FORGOTTEN = 0.05;

export function createClaim(
  connection: Connection,
  statements: TableStatements,
  { runnerId, leaseMs, random }: ClaimOptions,
  unwritable: Unwritable,
  logger: Logger,
): Claim {
  const lease = milliseconds(leaseMs);
  /** How many others seem to claim at the same moment. */
  let others = 0;
  let from: DateTime | null = BEGINNING;
  /** How often it was rewound: a claim under way meanwhile does not undo that. */
  let rewinds = 0;
  /** What one claimed row took lately, in milliseconds. */
  let rowMs = 0;

  /** Takes less the more others there are, and, if it may skip, somewhere behind the head of the queue. */
  async function claimFrom(limit: number, maySkip: boolean): Promise<Taken> {
    let attempts = 0;
    let asked = limit;
    let skipped = 0;
    const bindings = (attempt: number) => {
      attempts = attempt;
      if (attempt > 1) others = Math.min(others + 1, MOST_OTHERS);
      asked = Math.min(limit, Math.max(LEAST_CLAIMED, Math.ceil(limit / (1 + others))));
      // From the beginning it is those at the head that matter; if others have them, so much the better.
      const atHead = !maySkip || (from === BEGINNING && attempt === 1);
      skipped = atHead ? 0 : Math.floor(random() * (2 * others + 1)) * asked;
      return { limit: asked, from, start: skipped, runner: runnerId, lease };
    };
    const rows = await runSweep(connection, statements.claim, bindings, unwritable, logger);
    if (attempts === 1) others = Math.max(0, others - FORGOTTEN);
    return { rows, skipped, full: rows.length === asked };
  }

  async function take(limit: number): Promise<{ jobs: ParsedJob[]; full: boolean }> {
    const rewound = rewinds;
    const startedAt = performance.now();
    let { rows, skipped, full } = await claimFrom(limit, true);
    // Too few are no sign that there are no more, if some were left out.
    if (!full && skipped > 0) {
      const rest = await claimFrom(limit - rows.length, false);
      rows = [...rows, ...rest.rows];
      full = rest.full;
    }
    if (rows.length > 0) rowMs = (rowMs + (performance.now() - startedAt) / rows.length) / 2;
    const last = runAtOf(rows.at(-1));
    if (skipped === 0 && last !== undefined && rewound === rewinds) from = cursorBefore(last);
    return { jobs: rows.map(parseJob).filter((parsed) => parsed !== undefined), full };
  }

  return {
    get affordable() {
      return Math.max(1, Math.floor((leaseMs * SHARE_OF_LEASE) / rowMs));
    },
    take,
    rewind() {
      rewinds += 1;
      from = BEGINNING;
    },
  };
}

/**
 * The margin before `runAt`, with a nanosecond added so that it has nine digits. The engine (3.0.2) orders times in an index
 * as text with 0, 3, 6 or 9 digits: a whole second comes after its fractions, a whole millisecond after its microseconds. A
 * cursor without the nanosecond would pass over jobs until the next claim from the beginning.
 */
function cursorBefore(runAt: Date): DateTime {
  const ms = runAt.getTime() - MARGIN_MS;
  const seconds = Math.floor(ms / 1000);
  return new DateTime([BigInt(seconds), BigInt((ms - seconds * 1000) * 1_000_000 + 1)]);
}

function runAtOf(row: unknown): Date | undefined {
  const at = typeof row === 'object' && row !== null && 'run_at' in row ? row.run_at : undefined;
  return at instanceof Date ? at : undefined;
}
