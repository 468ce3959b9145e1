import { expect, test } from 'vitest';
import { jsonSchemaType } from './json-schema-type.ts';
import { print } from './layout.ts';

test.each([
  [{ type: 'string' }, 'string'],
  [{ type: 'integer' }, 'number'],
  [{ type: ['string', 'null'] }, 'string | null'],
  [{ enum: ['a', "it's", 5, null] }, String.raw`'a' | 'it\'s' | 5 | null`],
  [{ const: true }, 'true'],
  [{ type: 'object' }, 'Record<string, unknown>'],
  [{ type: 'object', additionalProperties: false }, 'Record<string, never>'],
  [{ type: 'object', additionalProperties: { type: 'number' } }, 'Record<string, number>'],
  [{ properties: { id: {}, 'a-b': { type: 'null' } }, required: ['id'] }, "{ id: unknown; 'a-b'?: null }"],
  [{ type: 'array', items: { type: 'string' } }, 'string[]'],
  [{ items: { type: ['string', 'number'] } }, 'Array<string | number>'],
  [{ items: { properties: { a: { type: 'string' } } } }, '{ a?: string }[]'],
  [{ prefixItems: [{ type: 'string' }, { type: 'number' }], items: false }, '[string, number]'],
  [{ prefixItems: [{ type: 'string' }] }, '[string, ...unknown[]]'],
  [{ anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] }, 'string | string[]'],
  [{ oneOf: [{ type: 'string' }, {}] }, 'unknown'],
  [
    { allOf: [{ properties: { a: { type: 'string' } } }, { anyOf: [{ type: 'string' }, { type: 'null' }] }] },
    '{ a?: string } & (string | null)',
  ],
  [{ $ref: '#/$defs/Id', $defs: { Id: { type: 'string' } } }, 'string'],
  [
    { $ref: '#/$defs/Tree', $defs: { Tree: { properties: { branches: { items: { $ref: '#/$defs/Tree' } } } } } },
    '{ branches?: unknown[] }',
  ],
  [{ $ref: '#/$defs/nothing' }, 'unknown'],
  [{ type: 'ghost' }, 'unknown'],
  [{}, 'unknown'],
])('turns %j into %s', (schema, expected) => {
  expect(print(jsonSchemaType(schema))).toBe(expected);
});
