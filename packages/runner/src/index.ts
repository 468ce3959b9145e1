/** Delivers outbox jobs to their backends. */

/** What is delivered to, and how it is read from sp00ky.yml. */
export { type RunnerBackend, runnerBackends, runnerHttp } from './backends.ts';
/** What can go wrong with the runner itself. */
export { RunnerError, type RunnerErrorCode } from './errors.ts';
export type { RunnerHealth, RunnerState } from './health.ts';
export type { RunnerOptions } from './options.ts';
/** The runner. */
export { createRunner, type Runner, type StopOptions } from './runner.ts';
/** Jobs that start by the calendar, and how they are read from sp00ky.yml. */
export { type RunnerSchedule, runnerSchedules } from './schedules/schedule.ts';
