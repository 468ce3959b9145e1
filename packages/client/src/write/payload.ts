import { Duration, RecordId, Table, Uuid } from 'surrealdb';
import { ClientError, type PayloadIssue } from '../errors.ts';
import { isPlainObject } from '../query/schema-lookup.ts';

/**
 * Converts a payload to the JSON that the backend receives.
 *
 * @param maxBytes maximum size as JSON in UTF-8
 * @throws SPOOKY_CLIENT_INVALID_PAYLOAD with every problem in `issues`; SPOOKY_CLIENT_TOO_LARGE
 */
export function payloadJson(route: string, payload: unknown, maxBytes: number): unknown {
  const issues: PayloadIssue[] = [];
  const json = toJson(payload, '', issues);
  // Before the check, because patterns may be slow on long texts.
  const bytes = new TextEncoder().encode(JSON.stringify(json)).length;
  if (bytes > maxBytes) {
    throw new ClientError(
      'SPOOKY_CLIENT_TOO_LARGE',
      `The payload for ${route} has ${bytes} bytes; at most ${maxBytes} are allowed. Nothing was sent. Store the data in a record and send its id.`,
    );
  }
  if (issues.length === 0) return json;
  const list = issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join(' ');
  throw new ClientError('SPOOKY_CLIENT_INVALID_PAYLOAD', `The payload does not fit ${route}: ${list}`, { issues });
}

/** Values of SurrealDB become text. A value that JSON does not support is a problem instead of a silent loss. */
function toJson(value: unknown, path: string, issues: PayloadIssue[]): unknown {
  if (value instanceof RecordId || value instanceof Uuid || value instanceof Duration || value instanceof Table) {
    return value.toString();
  }
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (Array.isArray(value)) return value.map((item, index) => toJson(item, `${path}/${index}`, issues));
  if (isPlainObject(value)) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    return Object.fromEntries(entries.map(([key, item]) => [key, toJson(item, `${path}/${pointer(key)}`, issues)]));
  }
  if (value instanceof Date) return value.toISOString();
  issues.push({ path, message: `A ${typeof value} cannot be sent as JSON.` });
  return null;
}

function pointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
