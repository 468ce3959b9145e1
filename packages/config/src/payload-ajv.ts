import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { boundWork } from './payload-work.ts';
import type { JsonSchema } from './subschemas.ts';

/** What a payload check reports, and what form its code has. Neither changes the verdict. */
export interface CheckForm {
  /**
   * `first`: the check ends with the first error, which limits the work that a hostile payload can cause. `all`: it
   * lists every error, for a form in a browser.
   */
  readonly errors: 'first' | 'all';
  /** Whether the code is written to a file. Otherwise it is run in this process. */
  readonly source: boolean;
}

/** Returns an Ajv with the rules of all payload checks. No other place sets them. */
export function createAjv({ errors, source }: CheckForm): Ajv2020 {
  const ajv = new Ajv2020({
    // A misspelt keyword would silently check nothing, so unknown keywords are errors. Stylistic rules are off.
    strictSchema: true,
    strictTypes: false,
    strictTuples: false,
    strictRequired: false,
    allowUnionTypes: true,
    // 19.99 is a multiple of 0.01, although 19.99 / 0.01 is 1998.9999999999998.
    multipleOfPrecision: 6,
    // Otherwise `{}` has a property `constructor`, which is a function.
    ownProperties: true,
    allErrors: errors === 'all',
    // The check of a payload counts its work in `this`.
    passContext: true,
    logger: false,
    ...(source && { code: { source: true, esm: true, lines: true } }),
  });
  formats.default(ajv);
  boundWork(ajv);
  return ajv;
}

/**
 * Compiles a request schema.
 *
 * @param key the name of the compiled schema in this Ajv
 * @throws Error if the schema is invalid. The message of Ajv says why.
 */
export function compileSchema(ajv: Ajv2020, request: JsonSchema, key: string): ValidateFunction {
  for (const format of unknownFormats(request, Object.keys(ajv.formats))) ajv.addFormat(format, true);
  ajv.addSchema(request, key);
  const compiled = ajv.getSchema(key);
  if (compiled === undefined) throw new Error(`the schema ${key} cannot be compiled`);
  return compiled;
}

/** JSON Schema treats unknown formats as annotations. */
function unknownFormats(value: unknown, known: readonly string[]): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    key === 'format' && typeof item === 'string' ? (known.includes(item) ? [] : [item]) : unknownFormats(item, known),
  );
}
