/** Reads rows of job tables, of whatever they hold: one that cannot be read is found, and keeps no other from being read. */
import { RecordId } from 'surrealdb';
import { type Connection, isAway } from '../connection.ts';
import { type ParsedJob, parseJob } from '../job.ts';
import { type Place, placeOf } from './place.ts';
import type { Cursor } from './reading.ts';
import { FETCH_BY_ID, fetchJobs, fieldsOf, type PartitionRead } from './sql/fetch.ts';

/** One of the reads of a request, and where it begins. */
export interface RowRead extends PartitionRead {
  readonly cursor: Cursor;
}

/** What was read of a job. */
export interface Row extends Place {
  readonly id: string;
  readonly runAt: Date;
  /** It cannot be read, or is not pending any more. */
  readonly isIdAlone: boolean;
  /**
   * It is not called: its owner has cancelled it, and `requests.ts` ends it, or its id holds a time, which comes here in milliseconds,
   * so that the id as it is known here may be that of another job.
   */
  readonly isPassedOver: boolean;
  /** Undefined where only keys or ids were asked for. */
  readonly parsed: ParsedJob | undefined;
}

export interface RowReader {
  /**
   * The database's time, and the rows of each read, in order.
   * @throws RunnerError when the database is away, ServerError when it refuses the statement
   */
  read(reads: readonly RowRead[]): Promise<{ readonly now: Date; readonly lists: readonly (readonly Row[])[] }>;
}

export interface RowReaderOptions {
  readonly connection: Pick<Connection, 'query'>;
  readonly table: string;
  readonly isKnown: (id: string) => boolean;
  /** A row that cannot be read at all. */
  readonly onUnreadable: (id: RecordId, partition: number) => void;
}

export function createRowReader({ connection, table, isKnown, onUnreadable }: RowReaderOptions): RowReader {
  async function ask(reads: readonly RowRead[]): Promise<unknown[]> {
    const cursors = Object.fromEntries(reads.map(({ cursor }, n) => [`from${n}`, cursor.from]));
    try {
      return list(await connection.query(fetchJobs(table, reads), cursors));
    } catch (error) {
      if (isAway(error)) throw error;
      return await askApart(reads, cursors, error);
    }
  }

  /** One row that cannot be read makes a whole answer unreadable: it is found by halves, and the others come. */
  async function askApart(
    reads: readonly PartitionRead[],
    cursors: Record<string, unknown>,
    cause: unknown,
  ): Promise<unknown[]> {
    const asIds = reads.map((one): PartitionRead => ({ ...one, what: 'ids' }));
    const [now, ...ids] = list(
      await connection.query(fetchJobs(table, asIds), cursors).catch((error: unknown) => {
        // What is wrong is not in a row.
        throw isAway(error) ? error : cause;
      }),
    );
    const lists: unknown[] = [];
    for (const [n, { partition }] of reads.entries()) lists.push(await byHalves(list(ids[n]), partition));
    return [now, ...lists];
  }

  /** One row for each id, in their order. Of a job that cannot be read, or is not pending any more, it is the id alone. */
  async function byHalves(ids: readonly unknown[], partition: number): Promise<unknown[]> {
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
    const first = await byHalves(ids.slice(0, middle), partition);
    return [...first, ...(await byHalves(ids.slice(middle), partition))];
  }

  return {
    async read(reads) {
      const [now, ...lists] = await ask(reads);
      if (!(now instanceof Date)) throw new TypeError('the database has not told its time with the jobs');
      return { now, lists: reads.map((read, n) => rowsOf(list(lists[n]), read, now)) };
    },
  };
}

function rowsOf(rows: readonly unknown[], { what }: PartitionRead, now: Date): Row[] {
  return rows.flatMap((row): Row[] => {
    const isIdAlone = Array.isArray(row) && row.length === 1;
    const fields = fieldsOf(row, isIdAlone ? 'ids' : what);
    const parsed = parseJob(fields, now);
    if (parsed === undefined) return [];
    const { job } = parsed;
    return [
      {
        ...placeOf(job),
        id: job.key,
        runAt: job.runAt,
        isIdAlone,
        isPassedOver: fields.request === 'cancel' || holdsTime(job.id.id),
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
