import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { JsonSchema } from './openapi-schema.ts';

/** The result of a payload check. */
export type PayloadVerdict = { readonly ok: true } | { readonly ok: false; readonly reason: string };

const MAX_REASON = 200;

/**
 * Compiles the request schema of a route and returns a function that checks payloads. The reason of a refusal names the
 * property and what it must be. It never contains values of the payload, so it may be shown and stored. It has at most
 * 200 characters.
 *
 * @throws Error when the schema is invalid
 */
export function createPayloadValidator(request: JsonSchema): (payload: unknown) => PayloadVerdict {
  const validate = compile(request);
  return (payload) => {
    if (validate(payload)) return { ok: true };
    const [error] = validate.errors ?? [];
    const reason = error ? explain(error) : 'does not fit the schema of this route';
    return { ok: false, reason: reason.length > MAX_REASON ? `${reason.slice(0, MAX_REASON - 1)}…` : reason };
  };
}

// Creating an Ajv costs about 20 ms, so all schemas share one. Compiled schemas are removed from it.
let shared: Ajv2020 | undefined;

function createAjv(): Ajv2020 {
  const ajv = new Ajv2020({
    // A misspelt keyword would silently check nothing, so unknown keywords are errors. Stylistic rules are off.
    strictSchema: true,
    strictTypes: false,
    strictTuples: false,
    strictRequired: false,
    allowUnionTypes: true,
    // The first error is enough for a reason, and it limits the work that a hostile payload can cause.
    allErrors: false,
    logger: false,
  });
  formats.default(ajv);
  return ajv;
}

function compile(request: JsonSchema): ValidateFunction {
  shared ??= createAjv();
  for (const format of unknownFormats(request, Object.keys(shared.formats))) shared.addFormat(format, true);
  try {
    return shared.compile(request);
  } catch (error) {
    throw new Error(`is not a valid JSON Schema: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  } finally {
    shared.removeSchema(request);
  }
}

/** JSON Schema treats unknown formats as annotations. */
function unknownFormats(value: unknown, known: readonly string[]): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    key === 'format' && typeof item === 'string' ? (known.includes(item) ? [] : [item]) : unknownFormats(item, known),
  );
}

function explain(error: ErrorObject): string {
  const where = error.instancePath.slice(1).replaceAll('/', '.').replaceAll('~1', '/').replaceAll('~0', '~');
  const property = (name: unknown): string => (where === '' ? String(name) : `${where}.${String(name)}`);
  const subject = where === '' ? 'the payload' : where;
  switch (error.keyword) {
    case 'required':
      return `${property(error.params.missingProperty)} is missing`;
    case 'additionalProperties':
      return `${property(error.params.additionalProperty)} is not a property of this route`;
    case 'unevaluatedProperties':
      return `${property(error.params.unevaluatedProperty)} is not a property of this route`;
    case 'enum':
      return `${subject} must be one of ${JSON.stringify(error.params.allowedValues)}`;
    case 'const':
      return `${subject} must be ${JSON.stringify(error.params.allowedValue)}`;
    case 'type':
      return `${subject} must be ${[error.params.type].flat().join(' or ')}`;
    default:
      return `${subject} ${error.message ?? 'is not valid'}`;
  }
}
