import { CLIENT_SETS } from '@spookify/config/job-fields';
import { isPlain } from '@spookify/surreal-link/values';
import { Duration, type RecordId, Uuid } from 'surrealdb';
import { GatewayError } from '../errors.ts';
import { DELAY_MAX_MS, VALUE_MAX_DEPTH } from '../wire/limits.ts';
import { exceededPayloadLimit } from '../wire/payload-limit.ts';
import type { Backend, Backends } from './backends.ts';
import { badWrite, checkedId, checkedValue } from './check-values.ts';
import type { Fields, Run } from './write.ts';

const RETRIES_MAX = 25;
const TIMEOUT_MIN_MS = 100;
const TIMEOUT_MAX_MS = 3_600_000;
const KEY_MAX_CHARACTERS = 255;
const OPTIONS = ['assignedTo', 'maxRetries', 'retryStrategy', 'timeoutMs', 'delayMs', 'uniqueKey'];

/**
 * Checks a `run` as the runner will check it, and returns the outbox and the row.
 *
 * @throws GatewayError SPOOKY_GATEWAY_UNKNOWN_ROUTE, _BAD_PAYLOAD, _LIMIT or _BAD_WRITE
 */
export function checkedJob(
  { backend: name, path, payload: wirePayload, options = {} }: Readonly<Record<string, unknown>>,
  { byName }: Backends,
): { readonly table: string; readonly content: Pick<Run, 'fields' | 'path' | 'uniqueKey' | 'delay'> } {
  const backend = typeof name === 'string' ? byName.get(name) : undefined;
  if (backend === undefined) throw unknownRoute('There is no such backend');
  const payload = checkedValue(wirePayload, 'payload');
  requireRoute(backend, path, payload);
  if (!isPlain(options) || Object.keys(options).some((option) => !OPTIONS.includes(option))) {
    throw badWrite(`options: may have ${OPTIONS.join(', ')}.`);
  }
  const { assignedTo, maxRetries = 3, retryStrategy = 'linear', timeoutMs, delayMs, uniqueKey } = options;
  const key = uniqueKey === undefined ? undefined : requireKey(uniqueKey);
  const fields = new Map<string, unknown>([
    ['path', path],
    ['payload', payload],
    ['max_retries', requireRetries(maxRetries)],
    ['retry_strategy', requireStrategy(retryStrategy)],
  ]);
  if (assignedTo !== undefined) fields.set('assigned_to', checkedId(assignedTo, 'options.assignedTo'));
  if (timeoutMs !== undefined) fields.set('timeout', requireTimeout(timeoutMs));
  if (key !== undefined) fields.set('unique_key', key);
  const delay = delayMs === undefined ? undefined : requireDelay(delayMs);
  return { table: backend.table, content: { fields, path, uniqueKey: key, delay } };
}

/**
 * Checks a row that is created in an outbox directly, which is a job as well.
 *
 * @throws GatewayError as `checkedJob`
 */
export function checkedOutboxRow(id: RecordId, fields: Fields, { byTable }: Backends): void {
  const backend = byTable.get(id.table.name);
  if (backend === undefined) return;
  requireJobKey(id);
  requireClientFields(fields);
  requireRoute(backend, fields.get('path'), fields.get('payload') ?? {});
}

/**
 * Allows the same kinds of keys as the outbox rule for new jobs.
 *
 * @throws GatewayError SPOOKY_GATEWAY_BAD_WRITE
 */
export function requireJobKey({ id: key }: RecordId): void {
  if (['string', 'number', 'bigint'].includes(typeof key) || key instanceof Uuid) return;
  throw badWrite('id: the key of a job is a text, an integer or a uuid.');
}

function requireClientFields(fields: Fields): void {
  const settable: readonly string[] = CLIENT_SETS.create;
  const other = [...fields.keys()].find((name) => !settable.includes(name));
  if (other === undefined) return;
  throw badWrite(
    `fields: clients may not set "${other}" of a job, only ${settable.join(', ')}. For a delay, use a run.`,
  );
}

function requireRoute({ routes }: Backend, path: unknown, payload: unknown): asserts path is string {
  const validate = typeof path === 'string' ? routes.get(path) : undefined;
  if (validate === undefined) throw unknownRoute('The backend has no such route');
  const text = isJson(payload) ? JSON.stringify(payload) : undefined;
  if (text === undefined) throw badPayload('the payload must be JSON: no NONE, dates or other values of SurrealDB');
  const limit = exceededPayloadLimit(text);
  if (limit !== undefined) {
    const message = `The payload is too large: at most ${limit} are allowed. Store the data in a record and send its id.`;
    throw new GatewayError('SPOOKY_GATEWAY_LIMIT', message);
  }
  const verdict = validate(payload);
  if (!verdict.ok) throw badPayload(verdict.reason);
}

/** Whether a value is unchanged by JSON, in which the runner sends it. */
function isJson(value: unknown, depth = 0): boolean {
  if (depth > VALUE_MAX_DEPTH) return false;
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (Array.isArray(value)) return value.every((item) => isJson(item, depth + 1));
  return isPlain(value) && Object.values(value).every((item) => isJson(item, depth + 1));
}

function requireRetries(count: unknown): number {
  if (typeof count === 'number' && Number.isSafeInteger(count) && count >= 0 && count <= RETRIES_MAX) return count;
  throw badWrite(`options.maxRetries: must be a whole number from 0 to ${RETRIES_MAX}.`);
}

function requireStrategy(strategy: unknown): string {
  if (strategy === 'linear' || strategy === 'exponential') return strategy;
  throw badWrite("options.retryStrategy: must be 'linear' or 'exponential'.");
}

function requireTimeout(ms: unknown): Duration {
  if (typeof ms === 'number' && ms >= TIMEOUT_MIN_MS && ms <= TIMEOUT_MAX_MS)
    return Duration.milliseconds(Math.round(ms));
  throw badWrite(`options.timeoutMs: must be from ${TIMEOUT_MIN_MS} ms to one hour.`);
}

function requireDelay(ms: unknown): Duration {
  if (typeof ms === 'number' && ms >= 0 && ms <= DELAY_MAX_MS) return Duration.milliseconds(Math.round(ms));
  throw badWrite(`options.delayMs: must be from 0 to ${DELAY_MAX_MS} ms, which is 365 days.`);
}

function requireKey(key: unknown): string {
  // The database counts characters, while JavaScript's length counts UTF-16 units. It refuses lone surrogates.
  const count = typeof key === 'string' && key.isWellFormed() ? [...key].length : 0;
  if (typeof key === 'string' && count >= 1 && count <= KEY_MAX_CHARACTERS) return key;
  throw badWrite(`options.uniqueKey: must have 1 to ${KEY_MAX_CHARACTERS} characters, without lone surrogates.`);
}

function unknownRoute(what: string): GatewayError {
  return new GatewayError(
    'SPOOKY_GATEWAY_UNKNOWN_ROUTE',
    `${what}; after a change of sp00ky.yml or its spec, restart the gateway and run \`spooky generate\`.`,
  );
}

function badPayload(reason: string): GatewayError {
  return new GatewayError('SPOOKY_GATEWAY_BAD_PAYLOAD', `The payload does not fit the route: ${reason}.`, {
    issues: [{ path: '', message: reason }],
  });
}
