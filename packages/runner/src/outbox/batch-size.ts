/*
 * How many rows one message to the database may contain.
 *
 *   full ──too slow, or not answered──▶ half of that ──▶ … ──▶ one row
 *    ▲                                                            │
 *    └──────────────── each full batch in time: twice that ───────┘
 *
 * When an answer takes too long, the connection is closed, and the transaction ends with it. A batch of the same size
 * would fail in the same way, again and again: with a database that got a fifth of a processor, four runners wrote
 * nothing for twenty minutes.
 */

/** Half the time after which an answer counts as lost. */
const MAX_WRITE_MS = 5_000;

/** The size of the next batch, adapted to the database's speed. */
export interface BatchSize {
  /** The limit of the next batch, in rows. */
  readonly current: number;
  /** A batch of `count` rows was written within `ms`. */
  written(count: number, ms: number): void;
  /** A batch of `count` rows was not answered. */
  unanswered(count: number): void;
}

/** @param most the largest batch, in rows */
export function createBatchSize(most: number): BatchSize {
  let current = most;

  const halve = (count: number): void => {
    current = Math.min(current, Math.max(1, Math.ceil(count / 2)));
  };

  return {
    get current() {
      return current;
    },
    written(count, ms) {
      if (ms > MAX_WRITE_MS) halve(count);
      else if (count >= current) current = Math.min(most, current * 2);
    },
    unanswered: halve,
  };
}
