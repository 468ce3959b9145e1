import { RecordId } from 'surrealdb';
import type { ScheduleRow } from './decide.ts';
import { SCHEDULE_TABLE } from './install.ts';
import type { RunnerSchedule } from './schedule.ts';
import { ADOPT, FIRE, PAUSE, READ, RESUME, TRIGGER } from './statements.ts';
import { definitionOf } from './timing.ts';

/** The part of a database link that schedules use. */
export interface ScheduleQueries {
  query(text: string, bindings?: Record<string, unknown>): Promise<unknown>;
}

/** The row of a schedule. */
export interface StoredSchedule extends ScheduleRow {
  /** The last time that led to a job or to a skip. */
  readonly lastFire: Date | undefined;
  /** Fires that made no job because an earlier one was open. */
  readonly skipped: number;
}

/**
 * Reads the rows of schedules.
 * @returns the database's time, and the rows by the schedules' names. A schedule that no runner has seen has no row
 */
export async function readSchedules(
  database: ScheduleQueries,
  names: readonly string[],
): Promise<{ readonly now: Date; readonly rows: ReadonlyMap<string, StoredSchedule> }> {
  const read = await database.query(READ, { schedules: names.map(rowId) });
  const { now, rows } = Object(read) as { now: unknown; rows: Record<string, unknown>[] };
  return { now: asDate(now), rows: new Map(rows.map((row) => [keyOf(row.id), storedSchedule(row)])) };
}

/** Creates the row of a schedule, or makes it fire by this timing from now on. */
export async function adoptSchedule(database: ScheduleQueries, schedule: RunnerSchedule): Promise<void> {
  await database.query(ADOPT, target(schedule));
}

/** The result of a fire. */
export interface Fired {
  /** The new job; undefined if the fire was skipped or the job exists already. */
  readonly job: RecordId | undefined;
  /** An earlier job is open, and `concurrency` is `skip`. */
  readonly skipped: boolean;
}

/** @returns undefined if another runner fired it first, or if it was paused meanwhile */
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

/**
 * Adds a job now, even if the schedule is paused or an earlier job is open.
 * @returns the id of the job
 */
export async function triggerSchedule(database: ScheduleQueries, schedule: RunnerSchedule): Promise<string> {
  const { now } = await readSchedules(database, []);
  return String(await database.query(TRIGGER, { ...target(schedule), ...job(schedule, now) }));
}

/** Pauses a schedule on all runners. Nothing fires from this commit until it is resumed. */
export async function pauseSchedule(database: ScheduleQueries, schedule: RunnerSchedule): Promise<void> {
  await database.query(PAUSE, target(schedule));
}

/**
 * Resumes a schedule. Its next fire is the first after now. Also restarts a schedule that waits because it fired while
 * the clock was ahead.
 */
export async function resumeSchedule(database: ScheduleQueries, schedule: RunnerSchedule): Promise<void> {
  await database.query(RESUME, target(schedule));
}

/** The start of the ids of a schedule's jobs. The time follows, so the ids are in the order of the fires. */
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

/** A link returns datetimes as configured: native dates, or the database's own type. */
function asDate(value: unknown): Date {
  if (value instanceof Date) return value;
  return new Date(String(value));
}
