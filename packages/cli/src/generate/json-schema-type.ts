import type { JsonSchema } from '@spookify/config';
import { arrayOf, type Layout, propertyKey, quote, typeBlock } from './layout.ts';

/**
 * Returns the TypeScript type of the JSON that a schema describes: objects, arrays, tuples, enums, constants, unions, intersections and
 * references. Only validation covers what types cannot express (patterns, bounds, conditions). Unsupported and recursive schemas are
 * `unknown`.
 */
export function jsonSchemaType(schema: JsonSchema): Layout {
  return typeOf(schema, schema, []);
}

type Definitions = JsonSchema;

function typeOf(schema: unknown, root: Definitions, within: readonly string[]): Layout {
  if (!isObject(schema)) return schema === false ? 'never' : 'unknown';
  const parts = [
    ownType(schema, root, within),
    ...[schema.allOf].flatMap(asList).map((part) => typeOf(part, root, within)),
    ...[schema.anyOf, schema.oneOf]
      .map(asList)
      .filter((options) => options.length > 0)
      .map((options) =>
        join(
          options.map((option) => typeOf(option, root, within)),
          ' | ',
        ),
      ),
    referenceType(schema.$ref, root, within),
  ].filter((part) => part !== 'unknown');
  return join(parts, ' & ');
}

function ownType(schema: JsonSchema, root: Definitions, within: readonly string[]): Layout {
  if ('const' in schema) return constant(schema.const);
  if (Array.isArray(schema.enum)) return join(schema.enum.map(constant), ' | ');
  const types = asList(schema.type).length > 0 ? asList(schema.type) : [impliedType(schema)];
  return join(
    types.map((type) => namedType(type, schema, root, within)),
    ' | ',
  );
}

function namedType(type: unknown, schema: JsonSchema, root: Definitions, within: readonly string[]): Layout {
  switch (type) {
    case 'string':
    case 'boolean':
    case 'null':
      return type;
    case 'number':
    case 'integer':
      return 'number';
    case 'array':
      return listType(schema, root, within);
    case 'object':
      return objectType(schema, root, within);
    default:
      return 'unknown';
  }
}

/** The type of a schema without `type`. Many schemas omit `type: object` if they list properties. */
function impliedType(schema: JsonSchema): string | undefined {
  if (isObject(schema.properties)) return 'object';
  return schema.items === undefined && schema.prefixItems === undefined ? undefined : 'array';
}

function objectType(schema: JsonSchema, root: Definitions, within: readonly string[]): Layout {
  const required = asList(schema.required);
  const known = isObject(schema.properties) ? Object.entries(schema.properties) : [];
  const items: Layout[] = known.map(([name, property]) => [
    `${propertyKey(name)}${required.includes(name) ? '' : '?'}: `,
    typeOf(property, root, within),
  ]);
  const rest = schema.additionalProperties;
  if (items.length > 0) return typeBlock(items);
  if (rest === false) return 'Record<string, never>';
  return isObject(rest) ? ['Record<string, ', typeOf(rest, root, within), '>'] : 'Record<string, unknown>';
}

function listType(schema: JsonSchema, root: Definitions, within: readonly string[]): Layout {
  const first = asList(schema.prefixItems).map((item) => typeOf(item, root, within));
  const rest = arrayOf(typeOf(schema.items, root, within));
  if (first.length === 0) return rest;
  const items = schema.items === false ? first : [...first, ['...', rest]];
  return { open: '[', close: ']', separator: ',', items };
}

function referenceType(reference: unknown, root: Definitions, within: readonly string[]): Layout {
  if (typeof reference !== 'string' || within.includes(reference) || !isObject(root.$defs)) return 'unknown';
  const name = reference.replace(/^#\/\$defs\//, '');
  return Object.hasOwn(root.$defs, name) ? typeOf(root.$defs[name], root, [...within, reference]) : 'unknown';
}

function constant(value: unknown): Layout {
  if (typeof value === 'string') return quote(value);
  return value === null || typeof value === 'number' || typeof value === 'boolean' ? String(value) : 'unknown';
}

/** Joins types with an operator, in parentheses where operators would mix. An empty list gives `unknown`. */
function join(types: readonly Layout[], operator: ' | ' | ' & '): Layout {
  const [only] = types;
  if (only === undefined) return 'unknown';
  if (types.length === 1) return only;
  if (operator === ' | ' && types.includes('unknown')) return 'unknown';
  return types.flatMap((type, index): Layout[] => {
    const compound = typeof type !== 'string' && !('open' in type);
    const bracketed = compound && operator === ' & ' ? ['(', type, ')'] : type;
    return index === 0 ? [bracketed] : [operator, bracketed];
  });
}

function asList(value: unknown): readonly unknown[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}

function isObject(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
