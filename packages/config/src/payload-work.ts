/*
 * Bounds the work of a payload check. Ajv alone needs seconds for some payloads of a few kilobytes, and a gateway cannot
 * answer other users in that time.
 */
import { createRequire } from 'node:module';
import { _, type Ajv, type KeywordCxt, str } from 'ajv';
import { useFunc } from 'ajv/dist/compile/util.js';
import type { JsonSchema } from './subschemas.ts';

/** Ajv's comparison. It is CommonJS, of which Node and bundlers have different default imports. */
const equal: Parameters<typeof useFunc>[1] = createRequire(import.meta.url)('ajv/dist/runtime/equal').default;

/** Counts the checks of a definition. A spec cannot contain it, because extensions are left out of its schemas. */
const COUNTED = 'x-spooky-counted';

/** Adds what bounds the work to an Ajv. */
export function boundWork(ajv: Ajv): void {
  ajv.addKeyword({
    keyword: COUNTED,
    schemaType: 'boolean',
    before: '$ref',
    code: ({ gen }: KeywordCxt) => gen.code(_`if (--this.left < 0) throw this`),
  });
  ajv.removeKeyword('uniqueItems');
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    error: {
      message: ({ params: { i, j } }) => str`must NOT have duplicate items (items ## ${j} and ${i} are identical)`,
      params: ({ params: { i, j } }) => _`{i: ${i}, j: ${j}}`,
    },
    code: uniqueItems,
  });
  // The one of ajv-formats accepts the same, but takes seconds for a text with many colons.
  const { url } = ajv.formats;
  if (url instanceof RegExp)
    ajv.addFormat('url', new RegExp(url.source.replace('\\S+(?::\\S*)?@', '\\S+@'), url.flags));
}

/**
 * Marks the definitions of a schema. Where a definition refers to itself in several branches, each level of a payload
 * multiplies the work.
 */
export function withCounts(schema: JsonSchema): JsonSchema {
  const { $defs } = schema;
  if (typeof $defs !== 'object' || $defs === null) return schema;
  const counted = Object.entries($defs).map(([name, one]) => [
    name,
    typeof one === 'object' && one !== null && !Array.isArray(one) ? { [COUNTED]: true, ...one } : one,
  ]);
  return { ...schema, $defs: Object.fromEntries(counted) };
}

/** Compares each item with all others only if it is a list or an object, of which a payload has few. */
function uniqueItems(cxt: KeywordCxt): void {
  const { gen, data } = cxt;
  if (cxt.schema !== true) return;
  const valid = gen.let('valid', true);
  const [i, j] = [gen.let('i', 0), gen.let('j')];
  const places = gen.const('places', _`new Map()`);
  const objects = gen.const('objects', _`[]`);
  const item = gen.name('item');
  cxt.setParams({ i, j });
  gen.for(_`; ${i} < ${data}.length; ${i}++`, () => {
    gen.const(item, _`${data}[${i}]`);
    gen.if(
      _`typeof ${item} == "object" && ${item} !== null`,
      () => {
        gen.assign(j, _`${objects}.find((at) => ${useFunc(gen, equal)}(${data}[at], ${item}))`);
        gen.code(_`${objects}.push(${i})`);
      },
      () => {
        gen.assign(j, _`${places}.get(${item})`);
        gen.code(_`${places}.set(${item}, ${i})`);
      },
    );
    gen.if(_`${j} !== undefined`, () => {
      cxt.error();
      gen.assign(valid, false).break();
    });
  });
  cxt.ok(valid);
}
