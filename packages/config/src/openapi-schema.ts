import { valueAt } from './schema-lookup.ts';
import type { PathSegment } from './source.ts';
import { type JsonSchema, SCHEMA_KEYWORDS, SCHEMA_LIST_KEYWORDS, SCHEMA_MAP_KEYWORDS } from './subschemas.ts';
import { type SpecFaultAt, unwritablePart } from './unwritable-part.ts';

export type OpenApiVersion = '3.0' | '3.1';

/** Keywords of OpenAPI that do not affect validation. */
const ANNOTATIONS = new Set(['discriminator', 'xml', 'externalDocs', 'example', '$schema', '$comment']);
/** Keywords that change the meaning of references, so a schema that contains them cannot be moved. */
const UNMOVABLE = ['$id', '$anchor', '$dynamicRef', '$dynamicAnchor'];
const MAX_HOPS = 32;

/** Returns the value at `at` and its real place, following `$ref`s. */
export function resolveReference(
  root: unknown,
  at: readonly PathSegment[],
): { readonly value: unknown; readonly at: readonly PathSegment[] } | SpecFaultAt {
  let place = at;
  for (let hop = 0; hop < MAX_HOPS; hop += 1) {
    const value = place.reduce<unknown>(valueAt, root);
    const reference = valueAt(value, '$ref');
    if (reference === undefined) return { value, at: place };
    const target = parsePointer(root, reference);
    if (typeof target === 'string') return { at: [...place, '$ref'], fault: target };
    place = target;
  }
  return { at, fault: 'this $ref refers to itself; let it refer to a definition' };
}

/** A schema that was copied out of its spec. */
export interface BundledSchema {
  readonly schema: JsonSchema;
  /** Returns the place in the spec of a part of the schema. */
  placeOf(part: readonly PathSegment[]): readonly PathSegment[];
}

/**
 * Copies the schema at `at` out of its spec into a self-contained one. Referenced schemas are copied to `$defs`, so
 * recursive schemas work. Keywords of OpenAPI 3.0 are converted to JSON Schema.
 */
export function bundleSchema(
  root: unknown,
  at: readonly PathSegment[],
  version: OpenApiVersion,
): BundledSchema | SpecFaultAt {
  const names = new Map<string, string>();
  const waiting: { name: string; at: readonly PathSegment[] }[] = [];
  let fault: SpecFaultAt | undefined;
  const fail = (place: readonly PathSegment[], message: string): JsonSchema => {
    fault ??= { at: place, fault: message };
    return {};
  };

  const nameOf = (target: readonly PathSegment[]): string => {
    const key = JSON.stringify(target);
    const known = names.get(key);
    if (known !== undefined) return known;
    const wanted = String(target.at(-1) ?? 'schema').replace(/[^\w.-]|^__proto__$/g, '_');
    const taken = new Set(names.values());
    let name = wanted;
    for (let count = 2; taken.has(name); count += 1) name = `${wanted}_${count}`;
    names.set(key, name);
    waiting.push({ name, at: target });
    return name;
  };

  const copy = (place: readonly PathSegment[]): JsonSchema | boolean => {
    const value = place.reduce<unknown>(valueAt, root);
    if (typeof value === 'boolean') return value;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return fail(place, 'must be a schema; write for example { type: object }');
    }
    const schema: Record<string, unknown> = {};
    for (const [keyword, item] of Object.entries(value)) {
      const here = [...place, keyword];
      if (UNMOVABLE.includes(keyword))
        return fail(here, `${keyword} is not supported; use $ref: '#/components/schemas/…'`);
      if (ANNOTATIONS.has(keyword) || keyword.startsWith('x-') || keyword === '$defs' || keyword === 'definitions')
        continue;
      if (version === '3.0' && keyword === 'nullable' && typeof item !== 'boolean') {
        return fail(here, 'must be true or false');
      }
      const unwritable = unwritablePart(item, here);
      if (unwritable !== undefined) return fail(unwritable.at, unwritable.fault);
      if (keyword === '$ref') {
        const target = parsePointer(root, item);
        if (typeof target === 'string') return fail(here, target);
        schema.$ref = `#/$defs/${nameOf(target)}`;
        // OpenAPI 3.0 ignores keywords beside a $ref.
        if (version === '3.0') return { $ref: schema.$ref };
      } else if (SCHEMA_KEYWORDS.has(keyword)) {
        schema[keyword] = copy(here);
      } else if (SCHEMA_LIST_KEYWORDS.has(keyword)) {
        schema[keyword] = Array.isArray(item) ? item.map((_, index) => copy([...here, index])) : item;
      } else if (SCHEMA_MAP_KEYWORDS.has(keyword) && typeof item === 'object' && item !== null) {
        schema[keyword] = Object.fromEntries(Object.keys(item).map((name) => [name, copy([...here, name])]));
      } else {
        schema[keyword] = plain(item);
      }
    }
    return version === '3.0' ? fromOpenApi30(schema) : schema;
  };

  const top = copy(at);
  const definitions: [string, unknown][] = [];
  const places = new Map<PathSegment, readonly PathSegment[]>();
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    definitions.push([next.name, copy(next.at)]);
    places.set(next.name, next.at);
  }
  if (fault) return fault;
  const schema: JsonSchema = typeof top === 'boolean' ? (top ? {} : { not: {} }) : top;
  return {
    schema: definitions.length === 0 ? schema : { ...schema, $defs: Object.fromEntries(definitions) },
    placeOf: ([keyword, name, ...inner]) => {
      if (keyword === undefined || name === undefined) return keyword === undefined ? at : [...at, keyword];
      const place = keyword === '$defs' ? places.get(name) : undefined;
      return place === undefined ? [...at, keyword, name, ...inner] : [...place, ...inner];
    },
  };
}

/** Returns the path that a local `$ref` points to, or what is wrong with it. */
function parsePointer(root: unknown, reference: unknown): PathSegment[] | string {
  if (typeof reference !== 'string') return "$ref must be text; write for example '#/components/schemas/Thread'";
  if (!reference.startsWith('#/')) return "only references within this file work; write '#/components/schemas/…'";
  const path: PathSegment[] = [];
  let value = root;
  for (const part of reference.slice(2).split('/')) {
    const segment = decode(part).replaceAll('~1', '/').replaceAll('~0', '~');
    value = valueAt(value, segment);
    if (value === undefined) return `there is nothing at ${reference}; define it, or correct the reference`;
    path.push(segment);
  }
  return path;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Converts `nullable` and boolean exclusive bounds, which only OpenAPI 3.0 has. */
function fromOpenApi30(schema: Readonly<Record<string, unknown>>): JsonSchema {
  const { nullable, exclusiveMinimum, exclusiveMaximum, ...rest } = schema;
  const result: Record<string, unknown> = { ...rest };
  if (nullable === true && typeof result.type === 'string') result.type = [result.type, 'null'];
  for (const [bound, exclusive, flag] of [
    ['minimum', 'exclusiveMinimum', exclusiveMinimum],
    ['maximum', 'exclusiveMaximum', exclusiveMaximum],
  ] as const) {
    if (flag === true) {
      result[exclusive] = result[bound];
      delete result[bound];
    } else if (typeof flag === 'number') {
      result[exclusive] = flag;
    }
  }
  return result;
}

/** Returns a copy with ordinary prototypes, so that the schema can be compared, cloned and printed like other data. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}
