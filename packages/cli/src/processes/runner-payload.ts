import { Secret } from '@spookify/config';
import type { RunnerBackend, RunnerOptions } from '@spookify/runner';

/**
 * What `spooky dev` hands to the runner's process: exactly what it needs, over the supervisor's channel, so that
 * neither its environment nor its arguments hold a secret.
 */
export interface RunnerPayload {
  readonly database: RunnerOptions['database'];
  readonly backends: readonly (Omit<RunnerBackend, 'token'> & { readonly token?: string })[];
}

export function toPayload(database: RunnerOptions['database'], backends: readonly RunnerBackend[]): RunnerPayload {
  return {
    database,
    backends: backends.map(({ token, ...backend }) => ({ ...backend, ...(token && { token: token.reveal() }) })),
  };
}

export function fromPayload({ database, backends }: RunnerPayload): Pick<RunnerOptions, 'database' | 'backends'> {
  return {
    database,
    backends: backends.map(({ token, ...backend }) => ({ ...backend, ...(token && { token: new Secret(token) }) })),
  };
}
