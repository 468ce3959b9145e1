/** Schedules in the database: used by `spooky db migrate` and `spooky schedules`. */

/** The tables that a runner needs. */
export { installSchedules } from './install.ts';
/** Reads, pauses, resumes and triggers schedules. */
export {
  jobIdPrefix,
  pauseSchedule,
  readSchedules,
  resumeSchedule,
  type StoredSchedule,
  triggerSchedule,
} from './rows.ts';
/** Reads schedules from sp00ky.yml. */
export { type RunnerSchedule, runnerSchedules } from './schedule.ts';
/** When a timing fires. */
export { nextFire } from './timing.ts';
