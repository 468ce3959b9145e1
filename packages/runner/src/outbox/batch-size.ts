/*
 * How many rows one message to the database may hold.
 *
 *   full ──took too long, or was not answered──▶ half of that ──▶ … ──▶ one row
 *    ▲                                                                     │
 *    └──────────────────── each full batch in time: twice that ────────────┘
 *
 * The connection is given up when an answer takes too long, and the transaction with it. A batch of the same size would then meet the
 * same end, again and again: with a database that got a fifth of a processor, four runners wrote nothing for twenty minutes.
 */

/** Well below the time after which an answer counts as lost. */
const LONGEST_MS = 2_000;

export interface BatchSize {
  /** The most that the next batch may hold. */
  readonly current: number;
  /** A batch of so many was written, and that took so long. */
  written(count: number, ms: number): void;
  /** Of a batch of so many there was no answer. */
  unanswered(count: number): void;
}

/** @param most what a batch may hold at best */
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
      if (ms > LONGEST_MS) halve(count);
      else if (count >= current) current = Math.min(most, current * 2);
    },
    unanswered: halve,
  };
}
