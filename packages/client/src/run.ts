import { Duration, type RecordId } from 'surrealdb';
import { ClientError } from './errors.ts';
import { checkPayload } from './payload.ts';
import type { SchemaDefinition } from './schema-types.ts';

/** How a job is to be run. */
export interface RunOptions {
  /** The record this job is about; it finds the job again by `.related('jobs')`. Only its owner may start one. */
  readonly assignedTo?: RecordId;
  /** Retries after the first attempt, 0 to 25. Default 3. */
  readonly max_retries?: number;
  /** How the delay before a retry grows. Default `linear`. */
  readonly retry_strategy?: 'linear' | 'exponential';
  /** Budget of one attempt: milliseconds or a Duration, 100 ms to an hour. Default: the backend's `method.timeout`. */
  readonly timeout?: number | Duration;
  /**
   * While a job that this user made with the same key for the same path waits or runs, its id is given instead of a new
   * job, whatever the payloads: two clicks or two tabs are one job. Once that job has ended the key is free. 1 to 255
   * characters. Default: every call makes a job.
   */
  readonly uniqueKey?: string;
}

const RETRIES_MAX = 25;
const TIMEOUT_MIN_MS = 100;
const TIMEOUT_MAX_MS = 3_600_000;
const KEY_MAX_CHARACTERS = 255;

/** What a client sets of a job. */
type JobFields = Record<string, unknown> & { readonly path: string; readonly unique_key?: string };

/** The outbox table of a backend, and the row that makes one job: everything checked before anything is sent. */
export function jobFor(
  schema: SchemaDefinition,
  backend: string,
  path: string,
  payload: unknown,
  options: RunOptions = {},
): { table: string; fields: JobFields } {
  const { table, routes } = requireBackend(schema, backend);
  const request = Object.hasOwn(routes, path) ? routes[path] : undefined;
  if (request === undefined) {
    throw new ClientError(
      'SPOOKY_CLIENT_UNKNOWN_ROUTE',
      `The backend "${backend}" has no route "${path}". It has: ${Object.keys(routes).join(', ')}. After a change of its OpenAPI spec, run \`spooky generate\`.`,
    );
  }
  const { assignedTo, max_retries = 3, retry_strategy = 'linear', timeout, uniqueKey } = options;
  const fields = {
    path,
    payload: checkPayload(path, request, payload),
    max_retries: requireRetries(max_retries),
    retry_strategy: requireStrategy(retry_strategy),
    ...(assignedTo === undefined ? {} : { assigned_to: assignedTo }),
    ...(timeout === undefined ? {} : { timeout: requireTimeout(timeout) }),
    ...(uniqueKey === undefined ? {} : { unique_key: requireKey(uniqueKey) }),
  };
  return { table, fields };
}

function requireBackend(schema: SchemaDefinition, backend: string): SchemaDefinition['backends'][string] {
  const definition = Object.hasOwn(schema.backends, backend) ? schema.backends[backend] : undefined;
  if (definition !== undefined) return definition;
  throw new ClientError(
    'SPOOKY_CLIENT_UNKNOWN_BACKEND',
    `There is no backend "${backend}". sp00ky.yml has: ${Object.keys(schema.backends).join(', ')}. After a change of it, run \`spooky generate\`.`,
  );
}

function requireRetries(count: number): number {
  if (Number.isSafeInteger(count) && count >= 0 && count <= RETRIES_MAX) return count;
  throw invalid(`max_retries must be a whole number from 0 to ${RETRIES_MAX}, not ${count}.`);
}

function requireStrategy(strategy: string): string {
  if (strategy === 'linear' || strategy === 'exponential') return strategy;
  throw invalid(`retry_strategy must be 'linear' or 'exponential', not '${strategy}'.`);
}

function requireTimeout(timeout: number | Duration): Duration {
  const ms = typeof timeout === 'number' ? timeout : Number(timeout.milliseconds);
  if (!(ms >= TIMEOUT_MIN_MS && ms <= TIMEOUT_MAX_MS)) {
    throw invalid(`timeout must be from ${TIMEOUT_MIN_MS} ms to one hour, not ${timeout}.`);
  }
  return typeof timeout === 'number' ? Duration.milliseconds(Math.round(timeout)) : timeout;
}

function requireKey(key: string): string {
  if (typeof key !== 'string')
    throw invalid(`uniqueKey must be text, not ${typeof key}; write String(id) for a record.`);
  // The database counts characters, not the units of JavaScript's strings, and takes no half ones.
  const count = [...key].length;
  if (count >= 1 && count <= KEY_MAX_CHARACTERS && key.isWellFormed()) return key;
  throw invalid(`uniqueKey must have 1 to ${KEY_MAX_CHARACTERS} whole characters, not ${count}.`);
}

function invalid(message: string): ClientError {
  return new ClientError('SPOOKY_CLIENT_INVALID_OPTION', message);
}
