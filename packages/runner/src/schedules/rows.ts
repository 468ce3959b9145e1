import { RecordId } from 'surrealdb';
import type { ScheduleRow } from './decide.ts';
import { SCHEDULE_TABLE } from './install.ts';
import type { RunnerSchedule } from './schedule.ts';
import { ADOPT, FIRE, PAUSE, READ, RESUME, TRIGGER } from './statements.ts';
import { definitionOf } from './timing.ts';

/** What a database link must be able to do for schedules. */
export interface ScheduleQueries {
  query(text: string, bindings?: Record<string, unknown>): Promise<unknown>;
}

export interface StoredSchedule extends ScheduleRow {
  /** The last fire time that led to a job, or to a skip. */
  readonly lastFire: Date | undefined;
  /** Fires that made no job because an earlier one was open. */
  readonly skipped: number;
}

/** @returns the database's time, and the rows by the schedules' names */
export async function readSchedules(
  database: ScheduleQueries,
  names: readonly string[],
): Promise<{ readonly now: Date; readonly rows: ReadonlyMap<string, StoredSchedule> }> {
  const read = await database.query(READ, { schedules: names.map(rowId) });
  const { now, rows } = Object(read) as { now: unknown; rows: Record<string, unknown>[] };
  return { now: asDate(now), rows: new Map(rows.map((row) => [keyOf(row.id), storedSchedule(row)])) };
}

export async function adoptSchedule(database: ScheduleQueries, schedule: RunnerSchedule): Promise<void> {
  await database.query(ADOPT, target(schedule));
}

export interface Fired {
  /** The new job, unless it was skipped or is there already. */
  readonly job: RecordId | undefined;
  /** An earlier job is open, and concurrency is `skip`. */
  readonly skipped: boolean;
}

/** @returns undefined if another runner fired it, or it was paused meanwhile */
export async function fireSchedule(
  database: ScheduleQueries,
  schedule: RunnerSchedule,
  at: Date,
  version: number,
): Promise<Fired | undefined> {
  const { concurrency } = schedule;
  const fired = await database.query(FIRE, { ...target(schedule), ...job(schedule, at), concurrency, at, version });
  if (typeof fired !== 'object' || fired === null || !('skipped' in fired)) return undefined;
  return {
    job: 'job' in fired && fired.job instanceof RecordId ? fired.job : undefined,
    skipped: fired.skipped === true,
  };
}

/** Adds a job now, also while the schedule is paused or an earlier job is open. */
export async function triggerSchedule(database: ScheduleQueries, schedule: RunnerSchedule): Promise<string> {
  const { now } = await readSchedules(database, []);
  return String(await database.query(TRIGGER, { ...target(schedule), ...job(schedule, now) }));
}

/** From its commit on nothing fires, on any runner, until it is resumed. */
export async function pauseSchedule(database: ScheduleQueries, schedule: RunnerSchedule): Promise<void> {
  await database.query(PAUSE, target(schedule));
}

/** Its next fire is the first after now. Also for a schedule that waits because the clock was ahead when it fired. */
export async function resumeSchedule(database: ScheduleQueries, schedule: RunnerSchedule): Promise<void> {
  await database.query(RESUME, target(schedule));
}

/** What the ids of a schedule's jobs begin with. The time comes next, so they are in the order of their fires. */
export function jobIdPrefix({ name }: Pick<RunnerSchedule, 'name'>): string {
  return `schedule_${name.replaceAll('-', '_')}__`;
}

function target({ name, timing }: RunnerSchedule): Record<string, unknown> {
  return { schedule: rowId(name), definition: definitionOf(timing) };
}

function job(schedule: RunnerSchedule, at: Date): Record<string, unknown> {
  const { table, path, payload } = schedule;
  const stamp = at.toISOString().replace(/\.\d+|[-:]/g, '');
  return { table, path, payload, prefix: jobIdPrefix(schedule), stamp };
}

function rowId(name: string): RecordId {
  return new RecordId(SCHEDULE_TABLE, name);
}

function keyOf(id: unknown): string {
  return id instanceof RecordId ? String(id.id) : '';
}

function storedSchedule(row: Record<string, unknown>): StoredSchedule {
  return {
    definition: String(row.definition),
    mark: asDate(row.mark),
    paused: row.paused === true,
    version: Number(row.version),
    lastFire: row.last_fire === undefined || row.last_fire === null ? undefined : asDate(row.last_fire),
    skipped: Number(row.skipped),
  };
}

/** Links give datetimes as they are set to: native, or the database's own type. */
function asDate(value: unknown): Date {
  if (value instanceof Date) return value;
  return new Date(String(value));
}
