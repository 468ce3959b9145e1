import { closest } from '@spookify/config';
import {
  jobIdPrefix,
  nextFire,
  pauseSchedule,
  type RunnerSchedule,
  readSchedules,
  resumeSchedule,
  type StoredSchedule,
  triggerSchedule,
} from '@spookify/runner/schedules';
import { CliError } from '../errors.ts';
import { type Job, listJobsFrom } from '../jobs/jobs.ts';
import type { Schedules } from './with-schedules.ts';

/** A schedule as `spooky schedules list` shows it. */
export interface ListedSchedule {
  readonly name: string;
  readonly timing: RunnerSchedule['timing'];
  readonly path: string;
  /** `new` until a runner has registered the schedule in the database. */
  readonly state: 'new' | 'active' | 'paused';
  readonly lastFire: Date | undefined;
  /** Undefined while the schedule is paused or new. A time in the past means that no runner fires it at the moment. */
  readonly nextFire: Date | undefined;
  /** The number of fires that made no job because an earlier one was still open. */
  readonly skipped: number;
}

export async function listSchedules({ database, schedules }: Schedules): Promise<ListedSchedule[]> {
  const names = schedules.map(({ name }) => name);
  const { rows } = await readSchedules(database, names);
  return schedules.map((schedule) => listed(schedule, rows.get(schedule.name)));
}

function listed({ name, timing, path }: RunnerSchedule, row: StoredSchedule | undefined): ListedSchedule {
  const state = row === undefined ? 'new' : row.paused ? 'paused' : 'active';
  return {
    ...{ name, timing, path, state },
    lastFire: row?.lastFire,
    nextFire: row && state === 'active' ? nextFire(timing, row.mark) : undefined,
    skipped: row?.skipped ?? 0,
  };
}

/**
 * Pauses or resumes a schedule.
 *
 * @throws CliError `SPOOKY_CLI_BAD_ARGUMENT` if sp00ky.yml has no such schedule, `SPOOKY_CLI_NOT_MIGRATED`
 */
export async function pauseOrResume(given: Schedules, name: string, to: 'pause' | 'resume'): Promise<void> {
  const steer = to === 'pause' ? pauseSchedule : resumeSchedule;
  await onTable(steer(given.database, chooseSchedule(given, name)));
}

/**
 * Makes a job of a schedule now.
 *
 * @returns the id of the new job
 * @throws CliError `SPOOKY_CLI_BAD_ARGUMENT` if sp00ky.yml has no such schedule, `SPOOKY_CLI_NOT_MIGRATED`
 */
export function trigger(given: Schedules, name: string): Promise<string> {
  return onTable(triggerSchedule(given.database, chooseSchedule(given, name)));
}

/**
 * Lists the jobs of a schedule, the newest first, including triggered ones. Reads them by the range of their ids.
 *
 * @throws CliError `SPOOKY_CLI_BAD_ARGUMENT` if sp00ky.yml has no such schedule
 */
export function listRuns(given: Schedules, name: string, limit: number): Promise<Job[]> {
  const schedule = chooseSchedule(given, name);
  return listJobsFrom(given.database, schedule.table, jobIdPrefix(schedule), limit);
}

function chooseSchedule({ schedules }: Schedules, name: string): RunnerSchedule {
  const chosen = schedules.find((schedule) => schedule.name === name);
  if (chosen) return chosen;
  const names = schedules.map((schedule) => schedule.name);
  const meant = closest(name, names);
  const hint = meant === undefined ? `sp00ky.yml has ${names.join(', ') || 'none'}.` : `did you mean ${meant}?`;
  throw new CliError('SPOOKY_CLI_BAD_ARGUMENT', `There is no schedule ${name}; ${hint}`);
}

/** Reports a missing table of schedules. A database that an early version migrated does not have it. */
async function onTable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (!(cause instanceof Error && /spooky_schedule.* does not exist/.test(cause.message))) throw cause;
    const message = 'The database has no table for schedules yet; run spooky db migrate.';
    throw new CliError('SPOOKY_CLI_NOT_MIGRATED', message, { cause });
  }
}
