import { type OutputUnit, Validator } from '@cfworker/json-schema';
import { Duration, RecordId, Table, Uuid } from 'surrealdb';
import { ClientError, type PayloadIssue } from './errors.ts';
import type { JsonSchema } from './schema-types.ts';
import { isPlainObject } from './validate-query.ts';

/**
 * Turns a payload into the JSON that the backend will get, and checks all of it against the route's request schema.
 * The checker interprets the schema: one that compiles it, as ajv does, needs `new Function`, which a page with a
 * content security policy forbids.
 *
 * @throws SPOOKY_CLIENT_INVALID_PAYLOAD with every problem in `issues`
 */
export function checkPayload(route: string, schema: JsonSchema, payload: unknown): unknown {
  const issues: PayloadIssue[] = [];
  const json = toJson(payload, '', issues);
  if (issues.length === 0) {
    const validator = new Validator(schema as ConstructorParameters<typeof Validator>[0], '2020-12', false);
    issues.push(...describe(validator.validate(json).errors));
  }
  if (issues.length === 0) return json;
  const list = issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join(' ');
  throw new ClientError('SPOOKY_CLIENT_INVALID_PAYLOAD', `The payload for ${route} is not what it takes. ${list}`, {
    issues,
  });
}

/** Values of SurrealDB become the text that stands for them; what JSON does not have is a problem, not a silent loss. */
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

/** The checker reports each problem once more for every schema around it; the innermost says what is wrong. */
function describe(errors: readonly OutputUnit[]): PayloadIssue[] {
  const inner = errors.filter(
    ({ keyword }) => !['properties', 'items', 'prefixItems', '$ref', 'allOf'].includes(keyword),
  );
  const reported = inner.length > 0 ? inner : errors;
  return reported.map(({ instanceLocation, error }) => ({ path: instanceLocation.replace(/^#/, ''), message: error }));
}
