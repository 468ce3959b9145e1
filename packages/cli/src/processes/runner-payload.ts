import { Secret } from '@spookify/config/secret';
import type { RunnerBackend, RunnerOptions, RunnerSchedule } from '@spookify/runner';

/**
 * The options that `spooky dev` sends to the runner's process over the supervisor's channel, so that neither its environment nor its
 * arguments have a secret.
 */
export interface RunnerPayload {
  readonly database: RunnerOptions['database'];
  /** The address of the status server. Absent for none. */
  readonly http?: NonNullable<RunnerOptions['http']>;
  readonly backends: readonly (Omit<RunnerBackend, 'token'> & { readonly token?: string })[];
  readonly schedules: readonly RunnerSchedule[];
}

export function toPayload(
  database: RunnerOptions['database'],
  http: RunnerPayload['http'],
  backends: readonly RunnerBackend[],
  schedules: readonly RunnerSchedule[],
): RunnerPayload {
  return {
    database,
    schedules,
    ...(http && { http }),
    backends: backends.map(({ token, ...backend }) => ({ ...backend, ...(token && { token: token.reveal() }) })),
  };
}

export function fromPayload({ database, http, backends, schedules }: RunnerPayload): RunnerOptions {
  return {
    database,
    schedules,
    ...(http && { http }),
    backends: backends.map(({ token, ...backend }) => ({ ...backend, ...(token && { token: new Secret(token) }) })),
  };
}
