/** Payloads about which two validators may disagree. Some of them did. */

/** The reason is undefined for a valid payload. */
type Example = readonly [title: string, schema: unknown, payload: unknown, reason?: string];

/** The components of the spec. */
export const SCHEMAS = {
  Tree: {
    type: 'object',
    required: ['name'],
    properties: {
      name: { type: 'string' },
      branches: { type: 'array', items: { $ref: '#/components/schemas/Tree' } },
    },
  },
  Cat: { type: 'object', required: ['purrs'], properties: { kind: { const: 'cat' }, purrs: { type: 'boolean' } } },
  Dog: { type: 'object', required: ['barks'], properties: { kind: { const: 'dog' }, barks: { type: 'boolean' } } },
};

const pets = {
  oneOf: [{ $ref: '#/components/schemas/Cat' }, { $ref: '#/components/schemas/Dog' }],
  discriminator: { propertyName: 'kind', mapping: { cat: '#/components/schemas/Cat' } },
};

function nested(depth: number): unknown {
  return depth === 0 ? 1 : [nested(depth - 1)];
}

const prices = { type: 'object', properties: { price: { type: 'number', multipleOf: 0.01 } } };
const keyed = (...names: string[]) => ({
  type: 'object',
  additionalProperties: false,
  properties: Object.fromEntries(names.map((name) => [name, { type: 'string' }])),
});

export const EXAMPLES: readonly Example[] = [
  // Numbers.
  ['a price in cents', prices, { price: 19.99 }],
  ['a large price in cents', prices, { price: 1_234_567.89 }],
  ['a sum of floats', { multipleOf: 0.1 }, 0.1 + 0.2],
  ['a part of a cent', prices, { price: 19.999 }, 'price must be multiple of 0.01'],
  ['a tiny multiple', { multipleOf: 1e-7 }, 3e-7],
  ['an integer with a fraction of zero', { type: 'integer' }, 1.0],
  ['the largest exact integer', { type: 'integer' }, Number.MAX_SAFE_INTEGER],
  ['an integer of 33 bits', { type: 'integer', format: 'int32' }, 2 ** 31, 'the payload must match format "int32"'],
  ['a fraction as int64', { type: 'number', format: 'int64' }, 0.5, 'the payload must match format "int64"'],
  ['minus zero above zero', { minimum: 0 }, -0],
  ['minus zero that must be zero', { const: 0 }, -0],
  ['the smallest number', { exclusiveMinimum: 0 }, 5e-324],
  // Text.
  ['the length of an emoji', { maxLength: 1 }, '👻'],
  ['two units that are one character', { minLength: 2 }, '👻', 'the payload must NOT have fewer than 2 characters'],
  ['a letter and its accent', { maxLength: 1 }, 'e\u0301', 'the payload must NOT have more than 1 characters'],
  ['a pattern of one character', { pattern: '^.$' }, '👻'],
  ['a pattern with a Unicode class', { pattern: '^\\p{L}+$' }, 'Gespenstergrüße'],
  ['half of an emoji', {}, { a: ['\ud83d'] }, 'a.0 has half a character'],
  ['half of an emoji as a name', {}, { '\ud83d': 1 }, '\ufffd cannot be the name of a property'],
  // Formats.
  ['an unknown format', { format: 'ghost-time' }, 'at midnight'],
  ['a format of OpenAPI', { format: 'password' }, 'hunter2'],
  ['a leap second', { format: 'date-time' }, '2016-12-31T23:59:60Z'],
  ['a day that does not exist', { format: 'date' }, '2026-02-29', 'the payload must match format "date"'],
  ['an address without a domain', { format: 'email' }, 'ada@', 'the payload must match format "email"'],
  ['a relative address', { format: 'uri' }, '/a', 'the payload must match format "uri"'],
  ['a regular expression', { format: 'regex' }, '(', 'the payload must match format "regex"'],
  ['a format of text for a number', { format: 'date-time' }, 5],
  ['an encoding, which is a note', { type: 'string', contentEncoding: 'base64' }, 'not base64!'],
  // Names of properties.
  ['a property named constructor', keyed('constructor', 'toString'), {}],
  ['a required property named constructor', { required: ['constructor'] }, {}, 'constructor is missing'],
  ['a property named hasOwnProperty', keyed('hasOwnProperty'), { hasOwnProperty: 'x' }],
  ['an object with a constructor of its own', { minProperties: 1 }, { constructor: { prototype: { a: 1 } } }],
  ['__proto__', {}, JSON.parse('{"a":{"__proto__":{"admin":true}}}'), 'a.__proto__ cannot be the name of a property'],
  ['a name with a slash and a tilde', keyed('a/b~c'), { 'a/b~c': 1 }, 'a/b~c must be string'],
  ['a name that looks like a tag of the gateway', keyed('$r'), { $r: 'x' }],
  [
    'a name that may not be',
    { propertyNames: { pattern: '^a' } },
    { b: 1 },
    'the property name b must match pattern "^a"',
  ],
  // Objects.
  ['a missing property with a default', { required: ['a'], properties: { a: { default: 1 } } }, {}, 'a is missing'],
  [
    'a property that another one needs',
    { dependentRequired: { a: ['b'] } },
    { a: 1 },
    'the payload must have property b when property a is present',
  ],
  [
    'a property that no part of a schema has',
    { allOf: [{ properties: { a: {} } }], properties: { b: {} }, unevaluatedProperties: false },
    { a: 1, b: 2, c: 3 },
    'c is not a property of this route',
  ],
  [
    'a property that some part of a schema has',
    { allOf: [{ properties: { a: {} } }], unevaluatedProperties: false },
    { a: 1 },
  ],
  ['a read-only property', { properties: { a: { readOnly: true } } }, { a: 1 }],
  // Lists.
  [
    'equal objects in another order',
    { uniqueItems: true },
    [
      { a: 1, b: 2 },
      { b: 2, a: 1 },
    ],
    'the payload must NOT have duplicate items (items ## 0 and 1 are identical)',
  ],
  ['a number and its text', { uniqueItems: true }, [1, '1', true, null, 'true']],
  [
    'zero and minus zero',
    { uniqueItems: true },
    [0, -0],
    'the payload must NOT have duplicate items (items ## 0 and 1 are identical)',
  ],
  [
    'an item beyond a tuple',
    { prefixItems: [{}], items: false },
    [1, 2],
    'the payload must NOT have more than 1 items',
  ],
  [
    'too few of a kind',
    { contains: { type: 'string' }, minContains: 2 },
    ['a', 1],
    'the payload must contain at least 2 valid item(s)',
  ],
  // Whole values.
  ['a constant object', { const: { a: [1, { b: null }] } }, { a: [1, { b: null }] }],
  ['one of some objects', { enum: [{ a: 1 }, [2]] }, { a: 2 }, 'the payload must be one of [{"a":1},[2]]'],
  [
    'a payload that breaks a comparison',
    { const: { a: 1 } },
    { toString: {} },
    'the payload has a property such as toString, which prevents its comparison',
  ],
  ['null', { type: ['object', 'null'] }, null],
  ['a text', { type: 'object' }, 'text', 'the payload must be object'],
  ['a list', { type: 'object' }, [], 'the payload must be object'],
  ['anything for a route without a schema', true, { any: ['thing'] }],
  ['anything for a route that takes nothing', false, {}, 'the payload must NOT be valid'],
  // Structure.
  [
    'a fault deep in a tree',
    { $ref: '#/components/schemas/Tree' },
    { name: 'a', branches: [{ name: 'b', branches: [{}] }] },
    'branches.0.branches.0.name is missing',
  ],
  [
    'a tree beside other keywords',
    { $ref: '#/components/schemas/Tree', maxProperties: 1 },
    { name: 'a', branches: [] },
    'the payload must NOT have more than 1 properties',
  ],
  ['a discriminator, which is a note', pets, { kind: 'dog', barks: true }],
  [
    'a payload that fits two of a kind',
    { oneOf: [{ type: 'integer' }, { minimum: 2 }] },
    3,
    'the payload must match exactly one schema in oneOf',
  ],
  [
    'a condition',
    JSON.parse('{"if":{"required":["a"]},"then":{"required":["b"]},"else":{"required":["c"]}}'),
    { a: 1 },
    'b is missing',
  ],
  ['the deepest payload', {}, nested(31)],
  ['a deeper payload', {}, nested(32), `${'0.'.repeat(30)}0 is nested deeper than 31 levels`],
  [
    'a schema with code in its texts',
    { enum: ['require("ajv/dist/runtime/equal")', '`x`', '\u2028export const payload0 = 1'] },
    '`x`',
  ],
];

export const EXAMPLES_OF_30: readonly Example[] = [
  ['null for a nullable text', { type: 'string', nullable: true }, null],
  ['null for a text', { type: 'string' }, null, 'the payload must be string'],
  ['an exclusive minimum', { type: 'integer', minimum: 0, exclusiveMinimum: true }, 0, 'the payload must be > 0'],
  ['a minimum that is not exclusive', { type: 'integer', minimum: 0, exclusiveMinimum: false }, 0],
  ['a nullable number between bounds', { type: 'number', nullable: true, maximum: 1 }, 2, 'the payload must be <= 1'],
  ['keywords beside a reference', { $ref: '#/components/schemas/Tree', maxProperties: 0 }, { name: 'a' }],
];
