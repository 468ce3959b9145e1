import type { Ajv2020 } from 'ajv/dist/2020.js';
import { compileSchema, createAjv } from './payload-ajv.ts';
import { payloadIssue } from './payload-verdict.ts';
import { withCounts } from './payload-work.ts';
import type { JsonSchema } from './subschemas.ts';

/** The result of a payload check. */
export type PayloadVerdict = { readonly ok: true } | { readonly ok: false; readonly reason: string };

const KEY = 'request';

// Creating an Ajv costs about 20 ms, so all schemas share one. Compiled schemas are removed from it.
let shared: Ajv2020 | undefined;

/**
 * Compiles the request schema of a route and returns a function that checks payloads. The reason of a refusal names the
 * property and what it must be. It never contains values of the payload, so it may be shown and stored. It has at most
 * 200 characters.
 *
 * @throws Error when the schema is invalid. The message says why.
 */
export function createPayloadValidator(request: JsonSchema): (payload: unknown) => PayloadVerdict {
  shared ??= createAjv({ errors: 'first', source: false });
  const counted = withCounts(request);
  try {
    const validate = compileSchema(shared, counted, KEY);
    return (payload) => {
      const issue = payloadIssue(validate, payload);
      return issue === undefined ? { ok: true } : { ok: false, reason: issue.message };
    };
  } catch (error) {
    throw new Error(`is not a valid JSON Schema: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  } finally {
    // An invalid schema is known to Ajv without its key.
    shared.removeSchema(KEY).removeSchema(counted);
  }
}
