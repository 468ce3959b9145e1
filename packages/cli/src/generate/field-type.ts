import type { FieldNode } from './field-tree.ts';
import { ANY, alternatives, type Kind, mayBeNone, parseKind } from './kind.ts';
import { arrayOf, type Layout, propertyKey, quote, typeBlock } from './layout.ts';
import type { FieldStructure } from './structure.ts';

/**
 * The purpose of a type: reading, creating or updating a row. It determines which fields exist and which are optional.
 */
export type Use = 'row' | 'create' | 'update';

/**
 * Returns the fields of a table or object that a client may read or set, as properties of a TypeScript type.
 *
 * A client cannot set a computed field, a field whose permissions forbid it, a READONLY field in an update, or a field whose VALUE
 * clause ignores the given value. Two forms of such a clause are recognised: one without `$value`, and
 * `IF $auth.id != NONE { … } ELSE { … }` (or `$access`) without `$value` in its first block, which applies to clients only. A field with
 * any other clause counts as settable. The database decides in the end.
 */
export function properties(fields: ReadonlyMap<string, FieldNode>, use: Use): Layout[] {
  return [...fields].flatMap(([name, node]) => {
    if (name === '*' || !isThere(node.field, use)) return [];
    const { kind, type } = typeOf(node, use);
    const absent = mayBeNone(kind);
    const hidden = use === 'row' && typeof node.field?.permissions.select === 'string';
    const optional = use === 'update' || absent || hidden || (use === 'create' && hasDefault(node.field));
    const orUndefined = (absent || hidden) && type !== 'unknown' ? ' | undefined' : '';
    return [[`${propertyKey(name)}${optional ? '?' : ''}: `, type, orUndefined]];
  });
}

/** Whether any client may read the field. */
export function isReadable(field: FieldStructure | undefined): boolean {
  return field?.permissions.select !== false;
}

function isThere(field: FieldStructure | undefined, use: Use): boolean {
  if (field === undefined) return true;
  if (use === 'row') return isReadable(field);
  if (field.permissions[use] === false || field.computed !== undefined) return false;
  if (use === 'update' && field.readonly) return false;
  return field.value === undefined || looksAtValue(field.value);
}

const FOR_CLIENTS = /^IF \$(?:access|auth\.id) != NONE \{(?<clients>[^{}]*)\} ELSE \{[^{}]*\}$/;

function looksAtValue(clause: string): boolean {
  const part = FOR_CLIENTS.exec(clause)?.groups?.clients ?? clause;
  return /\$value\b/.test(part);
}

/** Whether the field has a default, or a VALUE clause that provides one: `$value ?? …`. */
function hasDefault(field: FieldStructure | undefined): boolean {
  return field?.default !== undefined || /\$value\s*(\?\?|\?:|\|\|)/.test(field?.value ?? '');
}

function typeOf(node: FieldNode, use: Use): { readonly kind: Kind; readonly type: Layout } {
  const { field, children } = node;
  if (field === undefined) return { kind: ANY, type: objectType(node, use) };
  const kind = parseKind(field.kind);
  return { kind, type: kindType(kind, { field, children }, use) };
}

/** A kind as a TypeScript type. It does not include `undefined` for none, which `properties` adds. */
function kindType(kind: Kind, node: FieldNode, use: Use): Layout {
  const present = alternatives(kind).filter((option) => !(option.type === 'word' && option.word === 'none'));
  const types = present.map((option) => singleType(option, node, use));
  if (types.length === 0) return 'undefined';
  // A union with unknown is unknown.
  if (types.includes('unknown')) return 'unknown';
  const [only] = types;
  if (types.length === 1 && only !== undefined) return only;
  return types.flatMap((type, index) => (index === 0 ? [type] : [' | ', type]));
}

const WORDS: Readonly<Record<string, string>> = {
  bool: 'boolean',
  string: 'string',
  int: 'number',
  float: 'number',
  number: 'number',
  null: 'null',
  datetime: 'DateTime',
  duration: 'Duration',
};

function singleType(kind: Kind, node: FieldNode, use: Use): Layout {
  const leaf: FieldNode = { children: new Map() };
  switch (kind.type) {
    case 'union':
      return ['(', kindType(kind, leaf, use), ')'];
    case 'literal':
      return typeof kind.value === 'string' ? quote(kind.value) : String(kind.value);
    case 'tuple':
      return {
        open: '[',
        close: ']',
        separator: ',',
        items: kind.items.map((item) => kindType(item, leaf, use)),
      };
    case 'shape':
      return typeBlock(
        kind.properties.map(([name, item]) => {
          const type = kindType(item, leaf, use);
          return mayBeNone(item) && type !== 'unknown'
            ? [`${propertyKey(name)}?: `, type, ' | undefined']
            : [`${propertyKey(name)}: `, type];
        }),
      );
    default:
      return wordType(kind, node, use);
  }
}

function wordType(kind: Extract<Kind, { type: 'word' }>, node: FieldNode, use: Use): Layout {
  switch (kind.word) {
    case 'object':
      return objectType(node, use);
    case 'array':
      return arrayType(kind.args[0], node.children.get('*'), use);
    case 'record': {
      const tables = kind.args.flatMap(alternatives).flatMap((table) => (table.type === 'word' ? [table.word] : []));
      return tables.length === 0 ? 'RecordId' : tables.map((table) => `RecordId<${quote(table)}>`).join(' | ');
    }
    default:
      // Decimals, UUIDs, bytes, sets, geometries and kinds of newer engines: their JavaScript form is not specified.
      return WORDS[kind.word] ?? 'unknown';
  }
}

function arrayType(item: Kind | undefined, items: FieldNode | undefined, use: Use): Layout {
  // An update replaces items completely, so they have the same type as in a create.
  const itemUse = use === 'update' ? 'create' : use;
  const element =
    items?.field === undefined
      ? kindType(item ?? ANY, items ?? { children: new Map() }, itemUse)
      : typeOf(items, itemUse).type;
  return arrayOf(element);
}

function objectType(node: FieldNode, use: Use): Layout {
  const inner = properties(node.children, use);
  if (inner.length === 0) return 'Record<string, unknown>';
  return typeBlock(node.field?.flexible ? [...inner, '[key: string]: unknown'] : inner);
}
