/** Delivers outbox jobs to their backends. */

/** The backends that jobs are delivered to, and how to read them from sp00ky.yml. */
export { type RunnerBackend, runnerBackends, runnerHttp } from './backends.ts';
/** The errors of the runner itself. */
export { RunnerError, type RunnerErrorCode } from './errors.ts';
export type { RunnerHealth, RunnerState } from './health.ts';
export type { RunnerOptions } from './options.ts';
/** The runner. */
export { createRunner, type Runner, type StopOptions } from './runner.ts';
/** Jobs that start by the calendar, and how to read them from sp00ky.yml. */
export { type RunnerSchedule, runnerSchedules } from './schedules/schedule.ts';
