/*
 * How far one partition has been read.
 *
 *   from the head ──a full answer──▶ from its last job ──an answer that was not full──▶ from shortly before now
 *        ▲                                                                                        │
 *        └──taken over, connected again, now and then─────────────────────────────────────────────┘
 *
 * Jobs arrive in the order of their due times, and a job that was read is known until its outcome is written. So the
 * cursor can advance, except past inserts that are not committed yet: it stays behind the oldest write that may be in
 * progress.
 */
import { DateTime } from 'surrealdb';

/** Nearly every insert commits within this time after it read the clock. Reads from the head find the others. */
const MARGIN_MS = 250;

/** Where a read begins. */
export interface Cursor {
  /** Null is before every time, and before any other value that a row may contain. */
  readonly from: DateTime | null;
  /** How many known rows to skip after that: more rows than the limit are due at the same moment. */
  readonly start: number;
}

/** The beginning of a partition. */
export const HEAD: Cursor = { from: null, start: 0 };

/** What one read returned. */
export interface ReadAnswer {
  /** The database's time. */
  readonly now: Date;
  /** The due times of the returned rows, in order. */
  readonly times: readonly Date[];
  /** How many of the rows were not known before. */
  readonly newCount: number;
  /** How many rows were requested. */
  readonly limit: number;
}

/** Returns where the next read begins, and whether more is due. Pure. */
export function advance(
  cursor: Cursor,
  { now, times, newCount, limit }: ReadAnswer,
): Cursor & { readonly hasMore: boolean } {
  const latest = new Date(now.getTime() - MARGIN_MS);
  const last = times.at(-1);
  if (times.length < limit || last === undefined || last > now) {
    return { from: cursorAt(latest), start: 0, hasMore: false };
  }
  const from = cursorAt(last < latest ? last : latest);
  const isStuck = newCount === 0 && cursor.from !== null && from.compare(cursor.from) <= 0;
  return isStuck
    ? { from: cursor.from, start: cursor.start + limit, hasMore: true }
    : { from, start: 0, hasMore: true };
}

/**
 * The beginning of a millisecond, plus one nanosecond so that it has nine digits. The engine (3.0.2) orders times in an
 * index as text with 0, 3, 6 or 9 digits: a whole second comes after its fractions, a whole millisecond after its
 * microseconds. A cursor without the nanosecond would skip jobs.
 */
export function cursorAt(time: Date): DateTime {
  const ms = time.getTime();
  const seconds = Math.floor(ms / 1000);
  return new DateTime([BigInt(seconds), BigInt((ms - seconds * 1000) * 1_000_000 + 1)]);
}
