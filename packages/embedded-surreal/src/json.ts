/** JSON in and out, as a SurrealDB server does it: text that reads like a record, a UUID or a time becomes one. */
import { DateTime, StringRecordId, Uuid } from 'surrealdb';

/** JSON has no NONE, so it becomes null; bytes become base64, and whatever else JSON lacks becomes text. */
export const toJson = (value: unknown): string => JSON.stringify(plain(value));

function plain(value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'object') return value;
  if ('toJSON' in value && typeof value.toJSON === 'function') return plain(value.toJSON());
  if (Array.isArray(value) || value instanceof Set) return Array.from(value, plain);
  if (value instanceof ArrayBuffer) return Buffer.from(value).toString('base64');
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

/** Credentials are taken as they are: a password may look like anything. */
const LITERAL_METHODS = new Set(['signin', 'signup', 'authenticate', 'refresh', 'revoke']);

/** A JSON request as values. Throws SyntaxError for text that is not JSON. */
export function requestFromJson(text: string): unknown {
  const request: unknown = JSON.parse(text);
  if (request === null || typeof request !== 'object' || !('params' in request)) return request;
  if ('method' in request && LITERAL_METHODS.has(String(request.method))) return request;
  return { ...request, params: revive(request.params) };
}

const RECORD = /^[A-Za-z_]\w*:(\w+|⟨[^⟩]+⟩|`[^`]+`)$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const DATETIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;

function revive(value: unknown): unknown {
  if (typeof value === 'string') return reviveText(value);
  if (Array.isArray(value)) return value.map(revive);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, revive(item)]));
}

function reviveText(text: string): unknown {
  if (UUID.test(text)) return new Uuid(text);
  if (DATETIME.test(text)) return new DateTime(text);
  return RECORD.test(text) ? new StringRecordId(text) : text;
}
