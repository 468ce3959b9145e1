import { mayBreakKey } from '@spookify/surreal-link/values';
import { GatewayError } from '../errors.ts';
import { OWN_PREFIX } from '../install/names.ts';
import type { DatabaseSchema } from '../schema/database-schema.ts';
import { issueOf } from '../values/check-value.ts';
import { decodeValue, ValueError } from '../wire/value.ts';

/** The checked variables of a sign-in or sign-up. */
export interface Credentials {
  readonly access: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** More than any access reads. */
const VARIABLES_MAX = 32;

/**
 * Variable names that have a meaning in the engine: where to sign in, other kinds of credentials, and the engine's own
 * parameters. The engine ignores the case of some of them, so `AC` next to our `ac` would choose another access.
 */
const RESERVED = new Set(
  'ns db ac namespace database access sc user pass key refresh id auth token session this parent value input before after event request'.split(
    ' ',
  ),
);
/** Reserved names that are allowed: the engine uses them only for system users, when no access is named. */
const ALLOWED = new Set(['user', 'pass', 'id']);

/** @throws GatewayError SPOOKY_GATEWAY_BAD_REQUEST */
export function credentialsOf(body: unknown, { accesses }: Pick<DatabaseSchema, 'accesses'>): Credentials {
  if (!isObject(body) || Object.keys(body).some((name) => name !== 'access' && name !== 'variables')) {
    throw bad('The body must be { "access": …, "variables": { … } }.');
  }
  const { access, variables } = body;
  if (typeof access !== 'string' || access.startsWith(OWN_PREFIX) || !accesses.has(access)) {
    throw bad('There is no such record access; use one that the schema defines with DEFINE ACCESS … TYPE RECORD.');
  }
  if (!isObject(variables)) throw bad('"variables" must be an object with what the access reads.');
  const names = Object.keys(variables);
  if (names.length > VARIABLES_MAX) throw bad(`"variables" may have at most ${VARIABLES_MAX} members.`);
  const refused = names.find((name) => !/^[a-z_]\w{0,63}$/i.test(name) || isReserved(name));
  if (refused !== undefined) throw bad('"variables" has a name that an access cannot read; use letters and digits.');
  return { access, variables: decode(variables) };
}

function isReserved(name: string): boolean {
  const lower = name.toLowerCase();
  return RESERVED.has(lower) && !ALLOWED.has(lower);
}

function decode(variables: Record<string, unknown>): Record<string, unknown> {
  try {
    // Each member is decoded on its own: decodeValue would take a top-level name with `$` for a tag.
    return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, encodable(decodeValue(value))]));
  } catch (error) {
    if (error instanceof ValueError) throw bad(`"variables" has a bad value: ${error.message}`);
    throw error;
  }
}

function encodable(value: unknown): unknown {
  const issue = issueOf(value, { use: 'compared' });
  if (issue !== undefined) throw new ValueError(issue.message);
  if (mayBreakKey(value)) throw new ValueError('an empty name, or a number close to 0, cannot be part of a record id.');
  return value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function bad(message: string): GatewayError {
  return new GatewayError('SPOOKY_GATEWAY_BAD_REQUEST', message);
}
