import { type JsonSchema, type Subschema, subschemas } from './subschemas.ts';

/** The keywords whose schemas check the same value as the schema that has them. */
const SAME_VALUE = new Set<string | number>([
  'allOf',
  'anyOf',
  'oneOf',
  'not',
  'if',
  'then',
  'else',
  'dependentSchemas',
]);

/**
 * Finds a definition that refers to itself for the same value, such as `A: { anyOf: [{ $ref: A }] }`. Its check would
 * never end. A tree, which refers to itself for the items of a list or for a property, is fine.
 *
 * @returns the name of the definition in `$defs`
 */
export function endlessReference(schema: JsonSchema): string | undefined {
  const definitions = new Map<string, Subschema>();
  for (const one of subschemas(schema)) if (one.at[0] === '$defs') definitions.set(String(one.at[1]), one);
  const ended = new Set<string>();
  const search = (name: string, within: readonly string[]): string | undefined => {
    if (within.includes(name)) return name;
    const definition = definitions.get(name);
    if (definition === undefined || ended.has(name)) return undefined;
    for (const next of referencesOf(definition.schema)) {
      const endless = search(next, [...within, name]);
      if (endless !== undefined) return endless;
    }
    ended.add(name);
    return undefined;
  };
  for (const name of definitions.keys()) {
    const endless = search(name, []);
    if (endless !== undefined) return endless;
  }
  return undefined;
}

/** The names of the definitions that check the same value as this schema. */
function referencesOf(schema: JsonSchema): string[] {
  const own = typeof schema.$ref === 'string' ? [schema.$ref.replace(/^#\/\$defs\//, '')] : [];
  const inner = subschemas(schema).filter(({ at: [keyword] }) => keyword !== undefined && SAME_VALUE.has(keyword));
  return [...own, ...inner.flatMap((one) => referencesOf(one.schema))];
}
