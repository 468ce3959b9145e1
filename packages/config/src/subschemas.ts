import type { PathSegment } from './source.ts';

/** A JSON Schema, as plain data. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/** The keywords whose value is a schema. */
export const SCHEMA_KEYWORDS: ReadonlySet<string> = new Set(
  'additionalProperties contains contentSchema else if items not propertyNames then unevaluatedItems unevaluatedProperties'.split(
    ' ',
  ),
);
/** The keywords whose value is a list of schemas. */
export const SCHEMA_LIST_KEYWORDS: ReadonlySet<string> = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems']);
/** The keywords whose value has schemas by name. */
export const SCHEMA_MAP_KEYWORDS: ReadonlySet<string> = new Set([
  'properties',
  'patternProperties',
  'dependentSchemas',
  '$defs',
]);

/** A schema that is directly inside another one, and its place there. */
export interface Subschema {
  readonly at: readonly PathSegment[];
  readonly schema: JsonSchema;
}

/** The schemas that are directly inside a schema. Booleans are left out. */
export function subschemas(schema: JsonSchema): Subschema[] {
  return Object.entries(schema).flatMap(([keyword, value]) => {
    const inner: (readonly [readonly PathSegment[], unknown])[] = SCHEMA_KEYWORDS.has(keyword)
      ? [[[keyword], value]]
      : SCHEMA_LIST_KEYWORDS.has(keyword) && Array.isArray(value)
        ? value.map((item, index) => [[keyword, index], item])
        : SCHEMA_MAP_KEYWORDS.has(keyword)
          ? Object.entries(Object(value)).map(([name, item]) => [[keyword, name], item])
          : [];
    return inner.flatMap(([at, item]) => (isSchema(item) ? [{ at, schema: item }] : []));
  });
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
