/** Converts JSON as a SurrealDB server does: text that looks like a record id, a UUID or a datetime becomes one. */
import { DateTime, Decimal, Range, RecordId, RecordIdRange, StringRecordId, Table, Uuid } from 'surrealdb';
import { toSurrealQl } from './surrealql-text.ts';

/**
 * Writes a value as JSON. NONE becomes null, whole numbers keep all their digits, bytes become an array of numbers, and
 * other values without a JSON form become SurrealQL text.
 */
export const toJson = (value: unknown): string => JSON.stringify(plain(value));

function plain(value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (typeof value === 'bigint') return exactDigits(value);
  if (typeof value !== 'object') return value;
  if (value instanceof RecordId || value instanceof RecordIdRange || value instanceof Range) return toSurrealQl(value);
  if (value instanceof Table) return value.name;
  if (value instanceof Decimal) return value.toString();
  if (value instanceof DateTime) return value.toString().replace(/\.(?:000){1,3}Z$/, 'Z');
  if ('toJSON' in value && typeof value.toJSON === 'function') return plain(value.toJSON());
  if (Array.isArray(value) || value instanceof Set) return Array.from(value, plain);
  if (value instanceof ArrayBuffer) return [...new Uint8Array(value)];
  if (value instanceof Uint8Array) return [...value];
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

/** `source` is passed to revivers of JSON.parse and `rawJSON` is a function of JSON; TypeScript's types lack both. */
interface SourceText {
  readonly source?: string;
}
const json = JSON as typeof JSON & { rawJSON(text: string): unknown };

const exactDigits = (value: bigint): unknown => json.rawJSON(String(value));

const WHOLE = /^-?\d+$/;

/** Whole numbers beyond the safe range of a double stay exact. */
function exactNumber(_key: string, value: unknown, context?: SourceText): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  const source = context?.source ?? '';
  return WHOLE.test(source) && BigInt.asIntN(64, BigInt(source)) === BigInt(source) ? BigInt(source) : value;
}

/** Credentials are not converted: a password may look like anything. */
const LITERAL_METHODS = new Set(['signin', 'signup', 'authenticate', 'refresh', 'revoke']);

/** Parses a JSON request. Throws SyntaxError for text that is not JSON. */
export function requestFromJson(text: string): unknown {
  const request: unknown = JSON.parse(text, exactNumber);
  if (request === null || typeof request !== 'object' || !('params' in request)) return request;
  if ('method' in request && LITERAL_METHODS.has(String(request.method))) return request;
  return { ...request, params: revive(request.params) };
}

const RECORD = /^([A-Za-z_]\w*|⟨[^⟩]+⟩|`[^`]+`):(-?\w+|⟨[^⟩]+⟩|`[^`]+`|u'[0-9a-f-]{36}')$/;
const RECORD_OF_JSON = /^[A-Za-z_]\w*:([[{].*[\]}])$/s;
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
  return RECORD.test(text) || isRecordOfJson(text) ? new StringRecordId(text) : text;
}

/** For example `person:[1, "a"]`. Keys with SurrealQL syntax beyond JSON stay text. */
function isRecordOfJson(text: string): boolean {
  const [, key] = RECORD_OF_JSON.exec(text) ?? [];
  if (key === undefined) return false;
  try {
    JSON.parse(key);
    return true;
  } catch {
    return false;
  }
}
