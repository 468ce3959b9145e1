/*
 * Fetches due jobs of the partitions that this runner owns, and offers them to the queues.
 *
 *   woken ──▶ a short read at the tail of each partition: new jobs ──▶ offered ──▶ queued here, or left in the table
 *                └── while there is room: longer reads of the backlog, and of jobs that a full queue has refused
 *
 * Nothing is claimed: only the owner of a partition works on its pending jobs. A job that was offered stays known until
 * its outcome is written, and is skipped when it is read again.
 */
import type { Connection } from '../connection.ts';
import type { ParsedJob } from '../job.ts';
import { advance, type Cursor, cursorAt, HEAD } from './cursor.ts';
import { createOverflow, type OverflowPart } from './overflow.ts';
import type { QueueKey } from './queue-key.ts';
import { createRowReader, type Row, type RowRead, type RowReaderOptions } from './rows.ts';

export interface ProducerOptions extends RowReaderOptions {
  readonly connection: Pick<Connection, 'query' | 'connected'>;
  /** A read is about to be sent. Its answer may contain jobs whose outcomes are written before it arrives. */
  readonly onRead: () => void;
  /** Whether this runner has the job, or had it when the last read was sent. */
  readonly isKnown: (id: string) => boolean;
  /** Takes a job, or returns false if its queue is full. */
  readonly offer: (parsed: ParsedJob, partition: number) => boolean;
  /** The queue that a job would wait in, and the fill level of a queue: 1 is full. */
  readonly queueOf: (job: QueueKey) => string;
  readonly filled: (queue: string) => number;
  /** Whether to read now: not while many outcomes are unwritten. */
  readonly mayRead: () => boolean;
  /** How many more jobs the queues should get; 0 until a read is worth it. */
  readonly room: () => number;
  /**
   * So many jobs wait in memory that a read for a single queue finds hardly anything. Such reads then alternate with
   * pauses.
   */
  readonly isFull: () => boolean;
}

/** The tail cursors of some partitions. */
export type Tails = ReadonlyMap<number, Cursor>;

/** Reads due jobs of the owned partitions. */
export interface Producer {
  readonly partitions: ReadonlySet<number>;
  /** Starts to fetch its jobs, from the head. */
  take(partition: number): void;
  /** Stops fetching its jobs, and skips what a pending read still returns. */
  drop(partition: number): void;
  /**
   * How far the tails have been read. Keep the result while writing a job that becomes due later, and pass it to
   * `restoreTails`.
   */
  tails(): Tails;
  /** Reads the tails again from there: a read before the commit has skipped what was written. */
  restoreTails(tails: Tails): void;
  /**
   * Reads the tails again from this many milliseconds earlier: inserts of others may have taken that long to commit.
   */
  rewindTails(ms: number): void;
  /** Reads all partitions from the head again, because skipped jobs may have become due. */
  rewind(): void;
  /**
   * Like `rewind`, for this many partitions, those read longest ago. A partition whose backlog is being read is left
   * out.
   */
  rewindOldest(partitions: number): void;
  /**
   * Reads until the queues are full or nothing is left. Returns the milliseconds until the next job is due, if a read
   * has found one.
   *
   * @param readsTails whether to begin with a short read at the tail of each partition
   */
  produce(readsTails: boolean): Promise<number | undefined>;
  /** Whether more jobs are due than the queues hold. */
  readonly hasMore: boolean;
}

const TAIL_LIMIT = 16;
const BATCH = 250;
/** The limit of a read of keys only. */
const SCAN_LIMIT = 1_000;
/** Reading ahead takes at most a tenth of the time: it is followed by a pause of this many times its duration. */
const PAUSE_FACTOR = 9;
/** How many longer reads one request may contain: four take about 20 ms, and no other request should wait longer. */
const MAX_READS = 4;
/** Above this many queues with jobs left in the table, the backlog is not read: they take about 50 MB. */
const MAX_OVERFLOWING_QUEUES = 100_000;

interface Progress {
  /** New jobs. */
  tail: Cursor & { readonly hasMore: boolean };
  /** Older jobs; undefined once all of them have been read. */
  backlog: Cursor | undefined;
}

/** One of the reads of a request, and how to continue with its answer. */
interface Plan extends RowRead {
  readonly progress: Progress;
  readonly apply: (rows: readonly Row[], now: Date) => void;
}

export function createProducer(options: ProducerOptions): Producer {
  const { connection, onRead, isKnown, offer, queueOf, filled, mayRead, room, isFull } = options;
  const rowReader = createRowReader(options);
  const owned = new Map<number, Progress>();
  const overflow = createOverflow();
  let dueInMs: number | undefined;
  let hasMore = false;
  /** When it may read ahead again, on the clock of `performance.now()`. */
  let readAheadAt = 0;

  /** Offers rows to the queues. Returns how many of them were new. */
  function offerRows(rows: readonly Row[], partition: number, now: Date): number {
    let newCount = 0;
    for (const row of rows) {
      if (row.isIdOnly) continue;
      if (row.runAt > now) {
        const ms = row.runAt.getTime() - now.getTime() + 1;
        dueInMs = Math.min(dueInMs ?? ms, ms);
        continue;
      }
      if (row.isSkipped || isKnown(row.id)) continue;
      newCount += 1;
      const queue = queueOf(row);
      // A row that was left in the table earlier goes first.
      if (row.parsed === undefined || !offer(row.parsed, partition))
        overflow.add(queue, partition, { from: row.runAt, to: row.runAt });
    }
    return newCount;
  }

  function tailPlan(partition: number, progress: Progress, isShort: boolean): Plan {
    const isCrowded = room() === 0;
    const limit = isShort ? TAIL_LIMIT : isCrowded ? SCAN_LIMIT : BATCH;
    const cursor = progress.tail;
    return {
      ...{ partition, progress, limit, cursor, start: cursor.start, what: !isShort && isCrowded ? 'keys' : 'jobs' },
      apply(rows, now) {
        const newCount = offerRows(rows, partition, now);
        if (progress.tail === cursor)
          progress.tail = advance(cursor, { now, times: timesOf(rows, cursor), newCount, limit });
      },
    };
  }

  function backlogPlan(partition: number, progress: Progress, isAhead: boolean): Plan {
    const cursor = progress.backlog ?? HEAD;
    const limit = progress.tail.from === null ? TAIL_LIMIT : isAhead ? SCAN_LIMIT : BATCH;
    return {
      ...{ partition, progress, limit, cursor, start: cursor.start, what: isAhead ? 'keys' : 'jobs' },
      apply(rows, now) {
        const newCount = offerRows(rows, partition, now);
        if (progress.backlog !== cursor) return;
        const next = advance(cursor, { now, times: timesOf(rows, cursor), newCount, limit });
        progress.backlog = next.hasMore ? next : undefined;
        // The tail has not been read before: it begins where this read ends.
        if (progress.tail.from !== null) return;
        progress.tail = { ...next, from: next.hasMore ? cursorAt(now) : next.from, hasMore: false };
      },
    };
  }

  function overflowPlan({ queue, partition, span: { from, to } }: OverflowPart, progress: Progress): Plan {
    const cursor = { from: cursorAt(from), start: 0 };
    return {
      ...{ partition, progress, limit: BATCH, cursor, start: 0, what: 'jobs' },
      apply(rows, now) {
        overflow.remove(queue, partition);
        // Without room, only rows of the queue that the read was made for. The others are ahead of a cursor, or are
        // left behind themselves.
        offerRows(room() > 0 ? rows : rows.filter((row) => queueOf(row) === queue), partition, now);
        const last = rows.at(-1)?.runAt;
        const isRefused = overflow.has(queue, partition);
        if (isRefused) overflow.add(queue, partition, { from: to, to });
        // The read was full, so some of the range is unread and may contain jobs of this queue.
        else if (rows.length === BATCH && last !== undefined && last < to) {
          overflow.add(queue, partition, { from: last > from ? last : new Date(from.getTime() + 1), to });
        }
      },
    };
  }

  /**
   * Plans a request: short reads at the tails, then longer reads of the tails and the backlog if the queues have room.
   * Queues with jobs left in the table come before the backlog, the emptiest first. One part of the backlog that is not
   * read now is scanned for jobs of other owners.
   */
  function plans(isFirst: boolean): Plan[] {
    const parts = [...owned];
    const most = Math.min(MAX_READS, Math.max(1, Math.ceil(room() / BATCH)));
    const shortTails = parts
      .filter(([, { tail }]) => isFirst && tail.from !== null && !tail.hasMore)
      .map(([partition, progress]) => tailPlan(partition, progress, true));
    // The first answer of a partition says where its tail begins, so this read does not wait for room.
    const begins = parts
      .filter(([, { tail, backlog }]) => tail.from === null && backlog)
      .map((part) => backlogPlan(...part, false));
    const tails = parts
      .filter(([, { tail }]) => tail.hasMore)
      .map(([partition, progress]) => tailPlan(partition, progress, false));
    const backlogs = parts.filter(([, { tail, backlog }]) => tail.from !== null && backlog);
    const hasRoom = room() > 0 && overflow.size < MAX_OVERFLOWING_QUEUES;
    const read = [
      ...tails,
      ...overflowPlans(most),
      ...(hasRoom ? backlogs.map((part) => backlogPlan(...part, false)) : []),
    ].slice(0, most);
    const isRead = new Set(read.map(({ partition }) => partition));
    const isAhead = mayReadAhead() && overflow.size < MAX_OVERFLOWING_QUEUES;
    const [ahead] = isAhead ? backlogs.filter(([partition]) => !isRead.has(partition)) : [];
    return [...begins, ...shortTails, ...read, ...(ahead ? [backlogPlan(...ahead, true)] : [])];
  }

  function overflowPlans(most: number): Plan[] {
    if (isFull() && !mayReadAhead()) return [];
    return overflow.next(most, filled).flatMap((part) => {
      const progress = owned.get(part.partition);
      return progress ? [overflowPlan(part, progress)] : [];
    });
  }

  /** Jobs beyond the queues' capacity are scanned for other owners, but not so often that queued jobs wait for it. */
  function mayReadAhead(): boolean {
    return performance.now() >= readAheadAt;
  }

  async function read(reads: readonly Plan[]): Promise<void> {
    onRead();
    const sentAt = performance.now();
    const { now, lists } = await rowReader.read(reads);
    if (isFull() || reads.some(({ what }) => what === 'keys')) {
      readAheadAt = performance.now() + PAUSE_FACTOR * (performance.now() - sentAt);
    }
    for (const [n, plan] of reads.entries()) {
      // Otherwise the partition was given up meanwhile, and perhaps taken again: the rows may belong to another runner.
      if (owned.get(plan.partition) === plan.progress) plan.apply(lists[n] ?? [], now);
    }
    rotate(reads);
  }

  /** Moves the partitions that were read to the end of the order. */
  function rotate(reads: readonly Plan[]): void {
    for (const { partition, limit } of reads) {
      const progress = owned.get(partition);
      if (progress === undefined || limit === TAIL_LIMIT) continue;
      owned.delete(partition);
      owned.set(partition, progress);
    }
  }

  return {
    get partitions() {
      return new Set(owned.keys());
    },
    take: (partition) => void owned.set(partition, { tail: { ...HEAD, hasMore: false }, backlog: HEAD }),
    drop(partition) {
      owned.delete(partition);
      overflow.removePartition(partition);
    },
    tails: () => new Map([...owned].map(([partition, { tail }]) => [partition, tail])),
    restoreTails(tails) {
      for (const [partition, { from, start }] of tails) {
        const progress = owned.get(partition);
        if (!progress?.tail.from) continue;
        if (!from) progress.backlog = HEAD;
        else if (from.compare(progress.tail.from) < 0) progress.tail = { from, start, hasMore: progress.tail.hasMore };
      }
    },
    rewindTails(ms) {
      for (const progress of owned.values()) {
        const { from, hasMore } = progress.tail;
        if (from && !hasMore)
          progress.tail = { from: cursorAt(new Date(from.toDate().getTime() - ms)), start: 0, hasMore };
      }
    },
    rewind() {
      for (const progress of owned.values()) progress.backlog = { ...HEAD };
    },
    rewindOldest(partitions) {
      const busy = overflow.partitions;
      const idle = [...owned].filter(([partition, { backlog }]) => !backlog && !busy.has(partition));
      for (const [, progress] of idle.slice(0, partitions)) progress.backlog = { ...HEAD };
    },
    get hasMore() {
      return hasMore;
    },
    async produce(readsTails) {
      dueInMs = undefined;
      for (let isFirst = readsTails; connection.connected && mayRead(); isFirst = false) {
        const reads = plans(isFirst);
        if (reads.length === 0) break;
        await read(reads);
      }
      hasMore = overflow.size > 0 || [...owned.values()].some(({ tail, backlog }) => tail.hasMore || backlog);
      return dueInMs;
    },
  };
}

/** A row that could not be read counts as due at the time of the row before it. */
function timesOf(rows: readonly Row[], { from }: Cursor): Date[] {
  let last = from?.toDate() ?? new Date(0);
  return rows.map(({ isIdOnly, runAt }) => {
    if (!isIdOnly) last = runAt;
    return last;
  });
}
