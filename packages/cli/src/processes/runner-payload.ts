import { Secret } from '@spookify/config/secret';
import type { RunnerBackend, RunnerOptions, RunnerSchedule } from '@spookify/runner';

/**
 * What `spooky dev` hands to the runner's process: exactly what it needs, over the supervisor's channel, so that
 * neither its environment nor its arguments hold a secret.
 */
export interface RunnerPayload {
  readonly database: RunnerOptions['database'];
  /** Where it listens; absent for nowhere. */
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
