/*
 * How far one partition has been read.
 *
 *   from the head ──a full answer──▶ from the last job of it ──an answer that was not full──▶ from shortly before now
 *        ▲                                                                                         │
 *        └──taken over, connected again, now and then────────────────────────────────────────────┘
 *
 * Jobs come in the order in which they are due, and a job that was read is known until its outcome is written. So the cursor may go
 * on, but for those whose insert is not committed yet: it stays behind the oldest write that may be under way.
 */
import { DateTime } from 'surrealdb';

/** Nearly every insert is committed this long after its time was read from the clock; the reads from the head find the others. */
const MARGIN_MS = 250;

/** Where a read begins. */
export interface Cursor {
  /** Null is before every time, and before whatever else somebody may have written there. */
  readonly from: DateTime | null;
  /** Rows after that which are known: more than a limit of them are due at the same moment. */
  readonly start: number;
}

export const HEAD: Cursor = { from: null, start: 0 };

export interface Answer {
  /** The database's time. */
  readonly now: Date;
  /** When the rows that came are due, in their order. */
  readonly times: readonly Date[];
  /** How many of them were not known before. */
  readonly news: number;
  /** How many were asked for. */
  readonly limit: number;
}

/** Where the next read begins, and whether more is due. Pure. */
export function advance(cursor: Cursor, { now, times, news, limit }: Answer): Cursor & { readonly hasMore: boolean } {
  const latest = new Date(now.getTime() - MARGIN_MS);
  const last = times.at(-1);
  if (times.length < limit || last === undefined || last > now) {
    return { from: cursorAt(latest), start: 0, hasMore: false };
  }
  const from = cursorAt(last < latest ? last : latest);
  const isStuck = news === 0 && cursor.from !== null && from.compare(cursor.from) <= 0;
  return isStuck
    ? { from: cursor.from, start: cursor.start + limit, hasMore: true }
    : { from, start: 0, hasMore: true };
}

/**
 * The beginning of a millisecond, with a nanosecond added so that it has nine digits. The engine (3.0.2) orders times in an index as
 * text with 0, 3, 6 or 9 digits: a whole second comes after its fractions, a whole millisecond after its microseconds. A cursor
 * without the nanosecond would pass over jobs.
 */
export function cursorAt(time: Date): DateTime {
  const ms = time.getTime();
  const seconds = Math.floor(ms / 1000);
  return new DateTime([BigInt(seconds), BigInt((ms - seconds * 1000) * 1_000_000 + 1)]);
}
