import { DELAY_MAX_MS, encodeValue, type WireRunOptions, type WireWrite } from '@spookify/gateway/wire';
import { type Duration, RecordId } from 'surrealdb';
import { ClientError } from '../errors.ts';
import { requireRecordId } from '../query/schema-lookup.ts';
import type { BackendDefinition, RecordIdInput, SchemaDefinition } from '../schema-types.ts';
import { payloadJson } from './json-form.ts';
import { encodeId } from './operations.ts';
import { checkPayload } from './payload-validation.ts';
import { randomKey } from './record-key.ts';

/** Options of `run` (seed 000, "Parameters"; `timeout`, `delay` and `uniqueKey` are additions). */
export interface RunOptions {
  /**
   * The record that the job is about; its query finds the job with `.related('jobs')`. Only the owner of the record may
   * start one. Default: none.
   */
  readonly assignedTo?: RecordIdInput;
  /** Maximum number of retries after the first attempt, 0 to 25. Default 3. */
  readonly max_retries?: number;
  /** How the delay before a retry grows. Default `linear`. */
  readonly retry_strategy?: 'linear' | 'exponential';
  /**
   * Timeout of one attempt: milliseconds or a Duration, 100 ms to one hour. Default: the backend's `method.timeout`.
   */
  readonly timeout?: number | Duration;
  /**
   * Delay before the first attempt: milliseconds or a Duration, 0 to 365 days. The database counts it from the insert,
   * so the clock of this machine does not matter. Until then the job is `pending` and its `run_at` is the time when it
   * is due. `{ request: 'cancel' }` ends it, and `{ request: 'retry' }` starts it immediately. Default 0.
   */
  readonly delay?: number | Duration;
  /**
   * Prevents duplicates. While a job of this user with the same key and path waits or runs, `run` resolves with the id
   * of that job, or one that stands for it, whatever the payload and delay: two clicks or two tabs make one job. The key
   * is free when the job has ended. 1 to 255 characters. Default: every call makes a job.
   */
  readonly uniqueKey?: string;
  /**
   * False: resolves when the database has inserted the job, and rejects if it refuses it, or after ten seconds without a
   * connection. Default: true.
   */
  readonly optimistic?: boolean;
}

const RETRIES_MAX = 25;
const TIMEOUT_MIN_MS = 100;
const TIMEOUT_MAX_MS = 3_600_000;
const KEY_MAX_CHARACTERS = 255;

/** Returns the write that makes one job, after all checks. */
export async function runOf(
  schema: SchemaDefinition,
  backend: string,
  path: string,
  payload: unknown,
  options: RunOptions = {},
): Promise<WireWrite> {
  const { table } = requireRoute(schema, backend, path);
  const checked = optionsOf(options);
  // At once, because a page may change the payload while the code of the check is loaded.
  const json = payloadJson(path, payload);
  await checkPayload(schema, backend, path, json);
  return {
    kind: 'run',
    backend,
    path,
    id: encodeId(new RecordId(table, randomKey())),
    payload: encodeValue(json),
    options: checked,
  };
}

/**
 * Returns the backend if it has the route.
 *
 * @throws SPOOKY_CLIENT_UNKNOWN_BACKEND, SPOOKY_CLIENT_UNKNOWN_ROUTE
 */
export function requireRoute(schema: SchemaDefinition, backend: string, path: string): BackendDefinition {
  const definition = requireBackend(schema, backend);
  const { routes } = definition;
  if (routes.includes(path)) return definition;
  throw new ClientError(
    'SPOOKY_CLIENT_UNKNOWN_ROUTE',
    `The backend "${backend}" has no route "${path}". It has: ${routes.join(', ')}. After you change its OpenAPI spec, run \`spooky generate\`.`,
  );
}

function optionsOf(options: RunOptions): WireRunOptions {
  const { assignedTo, max_retries = 3, retry_strategy = 'linear', timeout, delay, uniqueKey } = options;
  return {
    maxRetries: requireRetries(max_retries),
    retryStrategy: requireStrategy(retry_strategy),
    ...(assignedTo === undefined ? {} : { assignedTo: encodeId(requireRecordId(assignedTo, invalid)) }),
    ...(timeout === undefined ? {} : { timeoutMs: requireTimeout(timeout) }),
    ...(delay === undefined ? {} : { delayMs: requireDelay(delay) }),
    ...(uniqueKey === undefined ? {} : { uniqueKey: requireKey(uniqueKey) }),
  };
}

function requireBackend(schema: SchemaDefinition, backend: string): BackendDefinition {
  const definition = Object.hasOwn(schema.backends, backend) ? schema.backends[backend] : undefined;
  if (definition !== undefined) return definition;
  throw new ClientError(
    'SPOOKY_CLIENT_UNKNOWN_BACKEND',
    `There is no backend "${backend}". sp00ky.yml has: ${Object.keys(schema.backends).join(', ')}. After you change it, run \`spooky generate\`.`,
  );
}

function requireRetries(count: number): number {
  if (Number.isSafeInteger(count) && count >= 0 && count <= RETRIES_MAX) return count;
  throw invalid(`max_retries must be a whole number from 0 to ${RETRIES_MAX}, not ${count}.`);
}

function requireStrategy(strategy: string): 'linear' | 'exponential' {
  if (strategy === 'linear' || strategy === 'exponential') return strategy;
  throw invalid(`retry_strategy must be 'linear' or 'exponential', not '${strategy}'.`);
}

function requireTimeout(timeout: number | Duration): number {
  const ms = millisecondsOf(timeout);
  if (ms >= TIMEOUT_MIN_MS && ms <= TIMEOUT_MAX_MS) return Math.round(ms);
  throw invalid(`timeout must be from ${TIMEOUT_MIN_MS} ms to one hour, not ${timeout}.`);
}

function requireDelay(delay: number | Duration): number {
  const ms = millisecondsOf(delay);
  if (ms >= 0 && ms <= DELAY_MAX_MS) return Math.round(ms);
  throw invalid(`delay must be from 0 ms to 365 days, not ${delay}.`);
}

function millisecondsOf(time: number | Duration): number {
  return typeof time === 'number' ? time : Number(time.milliseconds);
}

function requireKey(key: string): string {
  // The database counts characters instead of UTF-16 units and refuses unpaired surrogates.
  const count = typeof key === 'string' ? [...key].length : typeof key;
  if (Number(count) >= 1 && Number(count) <= KEY_MAX_CHARACTERS && key.isWellFormed()) return key;
  throw invalid(`uniqueKey must be a text of 1 to ${KEY_MAX_CHARACTERS} whole characters, not ${count}.`);
}

function invalid(message: string): ClientError {
  return new ClientError('SPOOKY_CLIENT_INVALID_OPTION', message);
}
