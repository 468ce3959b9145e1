/*
 * The statements of a round. Key ranges are written as literals, because only then does the engine limit its scan to
 * the range.
 */
import { RecordId } from 'surrealdb';
import { BATCH_TABLE, CHANGE_TABLE, GATEWAY_TABLE } from '../install/names.ts';
import type { Batch, Entry, NewBatch } from './ledger.ts';

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** The lowest ULID for a time in milliseconds since 1970. */
export function lowestUlid(ms: number): string {
  let text = '';
  for (let rest = Math.max(0, Math.floor(ms)), digit = 0; digit < 10; digit += 1, rest = Math.floor(rest / 32)) {
    text = `${CROCKFORD[rest % 32]}${text}`;
  }
  return text.padEnd(26, '0');
}

/** The time in a ULID, in milliseconds since 1970; undefined if the key is none. */
export function ulidMs(key: string): number | undefined {
  if (!/^[0-9A-HJKMNP-TV-Z]{26}$/.test(key)) return undefined;
  let ms = 0;
  for (const digit of key.slice(0, 10)) ms = ms * 32 + CROCKFORD.indexOf(digit);
  return ms;
}

/** If the inbox names more records than this, their rows are not read with it: possibly no view needs them. */
const ROWS_WITH_INBOX = 16;

/** A quick reading with this many entries is cut off. */
const QUICK_ENTRIES = 64;

/** The number of ids in the inbox. One entry of a bulk writer has hundreds. */
const NAMED = 'array::len(array::flatten($inbox.r))';

/**
 * Reads the database's clock, the batches from `position` on, and the entries: all of them, or those made since
 * `sinceMs`. `withRows` also reads the rows that a small inbox names, which saves a request. The third statement has no
 * result.
 *
 * @param limit the most entries, and the most ids in them. If the inbox has more ids, its entries are returned without
 *   ids, which makes each a reset.
 */
export function readingOf(
  position: number,
  sinceMs: number | undefined,
  limit: number,
): { readonly alone: string; readonly withRows: string } {
  const range = sinceMs === undefined ? '' : `:⟨${lowestUlid(sinceMs)}⟩..`;
  const alone = `RETURN time::millis(time::now());
    SELECT * FROM ${BATCH_TABLE}:[${position}]..;
    LET $inbox = (SELECT * FROM ${CHANGE_TABLE}${range} LIMIT ${limit});
    RETURN IF ${NAMED} <= ${limit} { $inbox } ELSE { $inbox.{ id } }`;
  const rows = `RETURN IF ${NAMED} <= ${ROWS_WITH_INBOX} {
      { ids: array::flatten($inbox.r), rows: (SELECT * FROM array::flatten($inbox.r)) }
    }`;
  return { alone, withRows: `${alone};\n    ${rows}` };
}

/** Tells the embedded server that others need not learn of this text's writes (embedded-surreal, write-signal). */
const UNSIGNALED = '-- no write signal\n';

/**
 * Reads what `readingOf` reads, and records this gateway's position if anything is new or `$isStale`, in one statement,
 * which is one transaction. Its commit comes after those of all changes that it reads, so these are as durable as the
 * answer. Leaves out the entries `$seen`, and those of the batch at `position`. If the rest has many entries or ids, `entries` is NONE.
 */
export function quickReadingOf(me: string, position: number, sinceMs: number): string {
  return `${UNSIGNALED}RETURN {
    LET $inbox = (SELECT * FROM ${CHANGE_TABLE}:⟨${lowestUlid(sinceMs)}⟩.. WHERE id NOTINSIDE $seen LIMIT ${QUICK_ENTRIES});
    LET $batches = (SELECT * FROM ${BATCH_TABLE}:[${position + 1}]..);
    LET $fits = array::len($inbox) < ${QUICK_ENTRIES} AND ${NAMED} <= ${ROWS_WITH_INBOX};
    LET $isWritten = $fits AND ($isStale OR array::len($inbox) > 0 OR array::len($batches) > 0);
    IF $isWritten {
      UPSERT ${GATEWAY_TABLE}:⟨${me}⟩ SET position = ${position}, at = time::now() RETURN NONE
    };
    RETURN {
      clock: time::millis(time::now()),
      last: (SELECT id, by, mark FROM ${BATCH_TABLE}:[${position}]),
      batches: $batches,
      isWritten: $isWritten,
      entries: IF $fits { $inbox },
      ids: IF $fits { array::flatten($inbox.r) } ELSE { [] },
      rows: IF $fits { SELECT * FROM array::flatten($inbox.r) } ELSE { [] }
    }
  }`;
}

/**
 * Checks whether `readingOf` would return anything new. The text must not contain a word that raises the write signal.
 */
export function checkOf(position: number, sinceMs: number): string {
  return `SELECT VALUE id FROM ${BATCH_TABLE}:[${position + 1}].. LIMIT 1;
    SELECT VALUE id FROM ${CHANGE_TABLE}:⟨${lowestUlid(sinceMs)}⟩..`;
}

/** All batches without their content. Only recent batches are kept, so there are few. */
export const ALL_BATCHES = `SELECT id, by, mark, reset FROM ${BATCH_TABLE}`;

export interface Write {
  readonly text: string;
  readonly bindings: Record<string, unknown>;
  readonly count: number;
}

/** Moves entries from the inbox into a batch (two statements) and records this gateway's position (one). */
export function writeOf(me: string, position: number, batch: NewBatch | undefined, mark: string): Write {
  const own = `UPSERT ${GATEWAY_TABLE}:⟨${me}⟩ SET position = $position, at = time::now() RETURN NONE`;
  const bindings = { position };
  if (batch === undefined) return { text: own, bindings, count: 1 };
  const entries = batch.entries.map(({ key, ids }) => (batch.isReset ? [key] : [key, ...ids]));
  return {
    text: `CREATE ${BATCH_TABLE}:[${batch.number}] SET by = $by, mark = $mark, entries = $entries, reset = $reset,
        at = time::now() RETURN NONE;
      DELETE $read RETURN NONE;
      ${own}`,
    bindings: {
      ...bindings,
      by: me,
      mark,
      entries,
      reset: batch.isReset,
      read: batch.entries.map(({ key, record }) => record ?? new RecordId(CHANGE_TABLE, key)),
    },
    count: 3,
  };
}

/** Leaves out rows that no gateway has written. */
export function batchesOf(rows: readonly unknown[]): Batch[] {
  return rows.flatMap((row) => {
    const { id, by, mark, entries = [], reset } = Object(row);
    const number: unknown = id instanceof RecordId && Array.isArray(id.id) ? id.id[0] : undefined;
    if (typeof number !== 'number' || !Array.isArray(entries)) return [];
    return { number, by: String(by), mark: String(mark), entries: entries.map(entryOfBatch), isReset: reset === true };
  });
}

/** An entry that cannot be understood is a reset: anything may have changed. */
export function entryOf(row: unknown): Entry {
  const { id, r, reset } = Object(row);
  const key: unknown = id instanceof RecordId ? id.id : undefined;
  const ids: unknown[] = Array.isArray(r) ? r.flat() : [r];
  const known = ids.filter((item) => item instanceof RecordId);
  const isReset = reset === true || known.length < ids.length;
  if (typeof key === 'string') return { key, ids: known, isReset };
  return { key: String(id), ids: known, isReset, record: id };
}

function entryOfBatch(item: unknown): Entry {
  const [key, ...ids]: unknown[] = Array.isArray(item) ? item : [];
  return { key: String(key), ids: ids.filter((id) => id instanceof RecordId), isReset: false };
}
