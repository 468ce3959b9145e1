/*
 * Every statement the runner sends, each with the index it reads by.
 *
 * The comparison with the time is always against a value known before the statement starts (`LET $now`). With
 * `time::now()` inside the WHERE the planner reads all of a status and filters (EXPLAIN: IndexScan on 'pending', then
 * Filter); with `$now` it reads just the range of (status, run_at) that is due, in order, and stops at the limit.
 * An ORDER BY would read every pending row first: 97 ms at 20,000.
 */
import { escapeIdent } from 'surrealdb';

/** A batch of rows found by a SELECT and changed by one UPDATE, both of which state the condition. */
export interface Sweep {
  readonly select: string;
  /** The same, without the rows in `$unwritable`. */
  readonly selectExcept: string;
  /** All of an UPDATE but its rows. */
  readonly update: string;
}

/**
 * In a block, not as a second statement: after a statement that writes nothing, the engine (3.0.2) tells no LIVE query of
 * what the others of the same request write, so that nobody would see a claim.
 *
 * @returns the statement with the database's time as `$now`
 */
export function atNow(statement: string): string {
  return `{ LET $now = time::now(); ${statement} }`;
}

/** Appends to `errors`, keeps the last 25, and stamps with the database's clock. */
function push(error: string): string {
  return `array::slice(array::push(errors ?? [], object::extend(${error}, { at: time::now() })), -25)`;
}

const NO_CLAIM = 'token = NONE, runner = NONE, lease_until = NONE';

/**
 * What every write that ends a job sets: its key is free for another job, and `run_at` says when it ended, for the
 * pruning reads ended jobs by (status, run_at), an entry that is written now in any case.
 */
const END = 'active_key = NONE, run_at = time::now()';

/** For a condition that an index covers whole, so that the limit may end the scan; from `$start` on. */
function sweep(table: string, condition: string, update: string): Sweep {
  return {
    select: `SELECT VALUE id FROM ${table} WHERE ${condition} LIMIT $limit START $start`,
    ...restOfSweep(table, condition, update),
  };
}

/**
 * For any other condition. The engine (3.0.2) takes a limit for one of the index scan, also where a filter comes after
 * it: rows that fail the filter use the limit up, and those behind them are never found. So it stands outside.
 */
function filteringSweep(table: string, condition: string, update: string): Sweep {
  return {
    select: `SELECT VALUE id FROM (SELECT id FROM ${table} WHERE ${condition}) LIMIT $limit`,
    ...restOfSweep(table, condition, update),
  };
}

/** `@where` in the update stands for the condition. */
function restOfSweep(table: string, condition: string, update: string): Omit<Sweep, 'select'> {
  return {
    selectExcept: `SELECT VALUE id FROM (SELECT id FROM ${table}
      WHERE ${condition} AND id NOT IN $unwritable) LIMIT $limit`,
    update: update.replace('@where', `WHERE ${condition}`),
  };
}

// About held rows, of any table: by id, fenced by token ------------------------------------------------------------

/** Index: none, by id. Gives the tokens that still hold. Not in a block: no watcher needs to hear of a lease. */
export const RENEW = `LET $until = time::now() + $lease;
  UPDATE $ids SET lease_until = $until WHERE token IN $tokens RETURN VALUE token`;

/**
 * What an outcome does to its row. `$values` holds what is told of each job, by its token; the token is cleared last,
 * since the others are found by it. A cancelled job has got what its owner asked for. Of a job that goes back, `run_at`
 * stays, so it is next in the queue, unless it is to wait for its turn.
 */
const OUTCOMES = {
  success: `SET result = $values[token], status = 'success', ${END}, ${NO_CLAIM}`,
  retry: `SET errors = ${push('$values[token].error')}, run_at = time::now() + $values[token].delay, retries += 1,
    status = 'pending', progress = NONE, ${NO_CLAIM}`,
  failed: `SET errors = ${push('$values[token]')},
    request = IF $values[token].code = 'cancelled' { NONE } ELSE { request }, status = 'failed',
    ${END}, ${NO_CLAIM}`,
  released: `SET status = 'pending', progress = NONE, ${NO_CLAIM}`,
  deferred: `SET run_at = time::now() + $values[token], status = 'pending', progress = NONE, ${NO_CLAIM}`,
};

/**
 * Index: none, by id. Writes one kind of outcome for the jobs in `$ids<n>`, `$tokens<n>` and `$values<n>`, and gives the
 * ids of those that were held. For few jobs each: the engine copies both lists for every row.
 */
export function writeOutcome(kind: keyof typeof OUTCOMES, n: number): string {
  return `UPDATE $ids${n} ${OUTCOMES[kind].replaceAll('$values', `$values${n}`)}
    WHERE token IN $tokens${n} RETURN VALUE id;`;
}

/** Index: none, by id. `$progress` by token. */
export const REPORT = `UPDATE $ids SET progress = $progress[token] WHERE token IN $tokens RETURN NONE`;

// About rows that nobody holds: by the state they are in -------------------------------------------------------------

/** Index: none, by id. Also repairs what the runner owns, in case that is what made the row unwritable. */
export const FAIL_UNWRITABLE = `UPDATE $id SET status = 'failed', retries = 0, reruns = 0, rescues = 0, result = NONE,
  progress = NONE, request = NONE, errors = [object::extend($error, { at: time::now() })], ${END}, ${NO_CLAIM}`;

/** Index: none, by id. */
export const CANCEL_PENDING = `UPDATE $ids SET errors = ${push('object::extend($error, { attempt: retries + 1 })')},
  status = 'failed', ${END}, request = NONE WHERE status = 'pending' AND request = 'cancel' RETURN VALUE id`;

/** Index: none, by id. What its owner asked for cannot be done; `$error` says why. */
export const REFUSE_RERUN = `UPDATE $id SET errors = ${push('object::extend($error, { attempt: retries + 1 })')},
  request = NONE WHERE status = 'failed' AND request = 'retry' RETURN VALUE id`;

/** Index: none, by id. No more waiting for the backoff. */
export const DUE_NOW = `UPDATE $ids SET run_at = time::now(), request = NONE
  WHERE status = 'pending' AND request = 'retry' RETURN VALUE id`;

/** Index: none, by id. What cannot be done any more, or is being done already. */
export const CLEAR_REQUEST = `UPDATE $ids SET request = NONE
  WHERE (request = 'retry' AND status IN ['processing', 'success'])
  OR (request = 'cancel' AND status IN ['success', 'failed']) RETURN VALUE id`;

// Of one table -------------------------------------------------------------------------------------------------------

export interface TableStatements {
  readonly claim: Sweep;
  readonly rescue: Sweep;
  readonly recover: Sweep;
  readonly nextDue: string;
  readonly oldestDue: string;
  readonly requests: string;
  readonly rerun: string;
  readonly prune: string;
  readonly listen: string;
}

/** The statements that find rows of one outbox table. */
export function tableStatements(name: string): TableStatements {
  const table = escapeIdent(name);
  return {
    /**
     * Index: (status, run_at), the due range of 'pending', from `$from` on. Each row gets a token of its own. In index
     * order, what is not due yet comes last, so that the limit holds although it stands before that filter. A job whose
     * owner has just cancelled it counts in the limit and is left to that.
     */
    claim: sweep(
      table,
      `status = 'pending' AND run_at >= $from AND run_at <= $now`,
      `SET status = 'processing', token = rand::ulid(), runner = $runner, lease_until = time::now() + $lease
       @where AND request != 'cancel'
       RETURN id, token, path, payload, retries, max_retries, retry_strategy, reruns, timeout, assigned_to, created_by,
       run_at, time::millis($now) - time::millis(run_at) AS waited`,
    ),
    /**
     * Index: (status, run_at), all of 'processing', which is no more than the runners hold. A row without a lease is
     * lapsed too, and so is one whose lease is no time, or a day ahead: no runner takes that long a one. `run_at` stays, so
     * what was rescued is next in the queue.
     */
    rescue: filteringSweep(
      table,
      `status = 'processing' AND !(lease_until >= $now AND lease_until < $now + 1d)`,
      `SET errors = IF rescues + 1 < $most { errors } ELSE { ${push('object::extend($error, { attempt: retries + 1 })')} },
       status = IF rescues + 1 < $most { 'pending' } ELSE { 'failed' },
       active_key = IF rescues + 1 < $most { active_key }, run_at = IF rescues + 1 < $most { run_at } ELSE { time::now() },
       rescues += 1, progress = NONE, ${NO_CLAIM} @where
       RETURN id, path, status, rescues`,
    ),
    /** Index: (status, run_at), all of 'processing'. */
    recover: filteringSweep(
      table,
      `status = 'processing' AND runner = $runner AND token NOT IN $tokens`,
      `SET status = 'pending', progress = NONE, ${NO_CLAIM} @where RETURN VALUE id`,
    ),
    /** Index: (status, run_at), the first entry after now. Gives how long until then. */
    nextDue: atNow(`SELECT VALUE run_at - $now FROM ${table} WHERE status = 'pending' AND run_at > $now LIMIT 1`),
    /** Index: (status, run_at), the first entry that is due. Gives for how many milliseconds it has been. */
    oldestDue: atNow(`SELECT VALUE time::millis($now) - time::millis(run_at) FROM ${table}
      WHERE status = 'pending' AND run_at <= $now LIMIT 1`),
    /** Index: (request), twice. */
    requests: `SELECT id, status, request, token FROM ${table} WHERE request IN ['cancel', 'retry'] LIMIT $limit`,
    /**
     * Index: none, by id. A new run: it has all its retries again, and lost runners are forgotten. It takes its key again,
     * and is refused by the database when another job has it.
     */
    rerun: `UPDATE $ids SET status = 'pending', retries = 0, rescues = 0, reruns += 1, run_at = time::now(),
      active_key = IF unique_key != NONE { fn::${table}::active_key(created_by, path, unique_key) },
      request = NONE, result = NONE, progress = NONE WHERE status = 'failed' AND request = 'retry' RETURN VALUE id`,
    /**
     * Index: (status, run_at), the oldest of a terminal status; there `run_at` is when the job ended. The limit may end
     * the scan, since the index covers the condition whole. One that its owner wants to run again stays.
     */
    prune: atNow(`LET $old = $now - $age;
      DELETE (SELECT VALUE id FROM ${table} WHERE status = $status AND run_at < $old LIMIT $limit)
      WHERE status = $status AND run_at < $old AND request = NONE RETURN VALUE $before.id`),
    /**
     * A hint only. The filter is on fields that change, so it is silent when a row leaves it; what matters here is
     * rows that enter it. The runner's own claims and outcomes mostly do not, and so cost no message.
     */
    listen: `LIVE SELECT status, run_at, request FROM ${table} WHERE status = 'pending' OR request != NONE`,
  };
}
