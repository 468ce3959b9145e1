import type { OutputUnit, Validator } from '@cfworker/json-schema';
import { ClientError, type PayloadIssue } from '../errors.ts';
import type { JsonSchema } from '../schema-types.ts';

/**
 * Checks the JSON that a backend receives against the request schema of the route. The checker
 * interprets the schema, because compiling it, as ajv does, needs `new Function`, which a content security policy
 * forbids. It is loaded with the first payload, because a page is shown before its first job.
 *
 * @throws SPOOKY_CLIENT_INVALID_PAYLOAD with every problem in `issues`
 */
export async function checkPayload(route: string, schema: JsonSchema, json: unknown): Promise<void> {
  const validator = await validatorOf(schema);
  const issues: readonly PayloadIssue[] = validator === undefined ? [] : describe(validator.validate(json).errors);
  if (issues.length === 0) return;
  const list = issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join(' ');
  throw new ClientError(
    'SPOOKY_CLIENT_INVALID_PAYLOAD',
    `The payload for ${route} does not match its schema. ${list}`,
    {
      issues,
    },
  );
}

/**
 * Returns undefined if the checker cannot be loaded, for example after a new version of the page was deployed. The
 * gateway checks too.
 */
async function validatorOf(schema: JsonSchema): Promise<Validator | undefined> {
  const loaded = await import('@cfworker/json-schema').catch(() => undefined);
  return loaded && new loaded.Validator(schema as ConstructorParameters<typeof Validator>[0], '2020-12', false);
}

/** The checker reports each problem again for every enclosing schema. The innermost report says what is wrong. */
function describe(errors: readonly OutputUnit[]): PayloadIssue[] {
  const inner = errors.filter(
    ({ keyword }) => !['properties', 'items', 'prefixItems', '$ref', 'allOf'].includes(keyword),
  );
  const reported = inner.length > 0 ? inner : errors;
  return reported.map(({ instanceLocation, error }) => ({ path: instanceLocation.replace(/^#/, ''), message: error }));
}
