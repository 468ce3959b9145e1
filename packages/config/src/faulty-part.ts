import type { PathSegment } from './source.ts';
import type { JsonSchema } from './subschemas.ts';
import { subschemas } from './subschemas.ts';

/**
 * Finds the part of an invalid schema that makes it invalid: the innermost invalid schema, and in it the keyword without
 * which it is valid. Validators do not say in all cases where a fault is.
 *
 * @param isValid whether a validator accepts a schema
 */
export function faultyPart(schema: JsonSchema, isValid: (schema: JsonSchema) => boolean): readonly PathSegment[] {
  const names = Object.keys(Object(schema.$defs));
  // References lead to definitions without faults, so that each fault is found where it is.
  const $defs = Object.fromEntries(names.map((name) => [name, {}]));
  const search = (part: JsonSchema): readonly PathSegment[] => {
    for (const { at, schema: inner } of subschemas(part)) {
      if (!isValid({ ...inner, $defs })) return [...at, ...search(inner)];
    }
    const keyword = Object.keys(part).find((name) => {
      const { [name]: _, ...rest } = part;
      return name !== '$defs' && isValid({ ...rest, $defs });
    });
    return keyword === undefined ? [] : [keyword];
  };
  return search(schema);
}
