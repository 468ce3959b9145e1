/** Schedules in the database: used by `spooky db migrate` and `spooky schedules`. */

/** What a runner needs in the database. */
export { installSchedules } from './install.ts';
/** What is known of schedules, and how to steer them. */
export {
  jobIdPrefix,
  pauseSchedule,
  readSchedules,
  resumeSchedule,
  type StoredSchedule,
  triggerSchedule,
} from './rows.ts';
/** How they are read from sp00ky.yml. */
export { type RunnerSchedule, runnerSchedules } from './schedule.ts';
/** When they fire. */
export { nextFire } from './timing.ts';
