/**
 * Reads rows of job tables, whatever they contain: an unreadable row is found, and does not keep the others from being
 * read.
 */
import { RecordId } from 'surrealdb';
import { type Connection, isAway } from '../connection.ts';
import { type ParsedJob, parseJob } from '../job.ts';
import type { Cursor } from './cursor.ts';
import { type QueueKey, queueKeyOf } from './queue-key.ts';
import { FETCH_BY_ID, fetchJobs, fieldsOf, type PartitionRead } from './sql/fetch.ts';

/** One of the reads of a request, and where it begins. */
export interface RowRead extends PartitionRead {
  readonly cursor: Cursor;
}

/** What was read of a job. */
export interface Row extends QueueKey {
  readonly id: string;
  readonly runAt: Date;
  /** Whether only the id is known: the row cannot be read, or is no longer pending. */
  readonly isIdOnly: boolean;
  /**
   * Whether the job must not be called. Either its owner has cancelled it, and `requests.ts` ends it; or its id
   * contains a time, which arrives here in milliseconds, so that it could be confused with the id of another job.
   */
  readonly isSkipped: boolean;
  /** Undefined if only keys or ids were requested. */
  readonly parsed: ParsedJob | undefined;
}

/** Reads rows and parses them. */
export interface RowReader {
  /**
   * Returns the database's time, and the rows of each read, in order.
   * @throws RunnerError if the database is away
   * @throws ServerError if the database refuses the statement
   */
  read(reads: readonly RowRead[]): Promise<{ readonly now: Date; readonly lists: readonly (readonly Row[])[] }>;
}

export interface RowReaderOptions {
  readonly connection: Pick<Connection, 'query'>;
  readonly table: string;
  readonly isKnown: (id: string) => boolean;
  /** A row cannot be read at all. */
  readonly onUnreadable: (id: RecordId, partition: number) => void;
}

export function createRowReader({ connection, table, isKnown, onUnreadable }: RowReaderOptions): RowReader {
  async function ask(reads: readonly RowRead[]): Promise<unknown[]> {
    const cursors = Object.fromEntries(reads.map(({ cursor }, n) => [`from${n}`, cursor.from]));
    try {
      return list(await connection.query(fetchJobs(table, reads), cursors));
    } catch (error) {
      if (isAway(error)) throw error;
      return await askBisecting(reads, cursors, error);
    }
  }

  /**
   * One unreadable row makes a whole answer unreadable. Bisecting the ids finds it, and the other rows are returned.
   */
  async function askBisecting(
    reads: readonly PartitionRead[],
    cursors: Record<string, unknown>,
    cause: unknown,
  ): Promise<unknown[]> {
    const asIds = reads.map((one): PartitionRead => ({ ...one, what: 'ids' }));
    const [now, ...ids] = list(
      await connection.query(fetchJobs(table, asIds), cursors).catch((error: unknown) => {
        // The fault is not in a row.
        throw isAway(error) ? error : cause;
      }),
    );
    const lists: unknown[] = [];
    for (const [n, { partition }] of reads.entries()) lists.push(await bisect(list(ids[n]), partition));
    return [now, ...lists];
  }

  /** Returns one row for each id, in order. For a job that is unreadable or no longer pending, only the id. */
  async function bisect(ids: readonly unknown[], partition: number): Promise<unknown[]> {
    if (ids.length === 0) return [];
    try {
      const given = ids.map((row) => list(row)[0]);
      const rows = list(list(await connection.query(FETCH_BY_ID, { ids: given }))[1]);
      const byId = new Map(rows.map((row) => [String(list(row)[0]), row]));
      return ids.map((row) => byId.get(String(list(row)[0])) ?? row);
    } catch (error) {
      if (isAway(error)) throw error;
    }
    const [only] = ids;
    if (ids.length === 1) {
      const [id] = list(only);
      if (id instanceof RecordId && !isKnown(String(id))) onUnreadable(id, partition);
      return [only];
    }
    const middle = Math.ceil(ids.length / 2);
    const first = await bisect(ids.slice(0, middle), partition);
    return [...first, ...(await bisect(ids.slice(middle), partition))];
  }

  return {
    async read(reads) {
      const [now, ...lists] = await ask(reads);
      if (!(now instanceof Date)) throw new TypeError('the database returned no time with the jobs');
      return { now, lists: reads.map((read, n) => rowsOf(list(lists[n]), read, now)) };
    },
  };
}

function rowsOf(rows: readonly unknown[], { what }: PartitionRead, now: Date): Row[] {
  return rows.flatMap((row): Row[] => {
    const isIdOnly = Array.isArray(row) && row.length === 1;
    const fields = fieldsOf(row, isIdOnly ? 'ids' : what);
    const parsed = parseJob(fields, now);
    if (parsed === undefined) return [];
    const { job } = parsed;
    return [
      {
        ...queueKeyOf(job),
        id: job.key,
        runAt: job.runAt,
        isIdOnly,
        isSkipped: fields.request === 'cancel' || holdsTime(job.id.id),
        parsed: what === 'jobs' ? parsed : undefined,
      },
    ];
  });
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function holdsTime(key: unknown): boolean {
  if (typeof key !== 'object' || key === null) return false;
  return key instanceof Date || Object.values(key).some(holdsTime);
}
