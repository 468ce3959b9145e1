/** Random request schemas and payloads. Both use few names and values, so that payloads often fit. */
import fc from 'fast-check';

type Schema = Readonly<Record<string, unknown>>;

const NAMES = ['a', 'b', 'constructor', 'toString', '__proto__', 'é', 'a/b~c', '$r', 'length', ''];
const NUMBERS = [
  0,
  -0,
  1,
  -1,
  2,
  2.5,
  0.1 + 0.2,
  19.99,
  1e-7,
  5e-324,
  1.1e-300,
  2 ** 31,
  2 ** 53,
  2 ** 60,
  1e300,
  123456.789,
];
const TEXTS = [
  ...['', 'a', 'ab', 'abc', 'é', 'e\u0301', '👻', '👻👻', '\ud83d', 'thread:1', '1', ' ', '\u0000', '\u2028'],
  ...['2026-02-29', '2024-02-29', '2024-02-29T12:00:00Z', '2024-02-29T23:59:60Z', '12:00:00+01:00', 'P1D', '/a/0'],
  ...['a@example.com', 'http://example.com/?q=é', 'example.com', '::1', '127.0.0.1', 'aGk=', '[', 'http://[::1'],
  ...['123e4567-e89b-12d3-a456-426614174000', '{a}'],
];
const FORMATS = [
  ...['date', 'time', 'date-time', 'iso-date-time', 'duration', 'email', 'hostname', 'ipv4', 'ipv6', 'uri', 'url'],
  ...['uri-reference', 'uri-template', 'uuid', 'regex', 'json-pointer', 'byte', 'int32', 'int64', 'float', 'double'],
  ...['password', 'binary', 'ghost-time'],
];
const PATTERNS = [
  '^a',
  '^thread:.+$',
  '^\\p{L}+$',
  '^.$',
  '^[\\w-]*$',
  '👻{2}',
  'require\\("ajv',
  '`\\$\\{',
  '^(?!.*a)',
];
const TYPES = ['string', 'number', 'integer', 'boolean', 'null', 'object', 'array'];

/** Names in a schema. `spooky check` refuses `__proto__` there. */
const name = fc.constantFrom(...NAMES.filter((one) => one !== '__proto__'));
const names = fc.uniqueArray(name, { minLength: 1, maxLength: 3 });
const count = fc.nat(3);
const text = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...TEXTS) },
  fc.string({ unit: 'grapheme', maxLength: 4 }),
);
const number = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...NUMBERS) },
  fc.double({ min: -1e6, max: 1e6, noNaN: true }),
);
const scalar = fc.oneof(number, text, fc.boolean(), fc.constant(null));

/** An object with these entries, in which `__proto__` is an ordinary member. */
const byName = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Record<string, Value>> =>
  fc
    .uniqueArray(fc.tuple(name, value), { maxLength: 3, selector: ([key]) => key })
    .map((entries) => Object.fromEntries(entries));

/** Any JSON. */
export const payload: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    byName(tie('value')),
  ),
})).value;

const { schema } = fc.letrec<{ schema: Schema | boolean; inner: Schema | boolean }>((tie) => {
  const inner = tie('inner');
  const list = fc.array(inner, { minLength: 1, maxLength: 3 });
  const one = <Value>(keyword: string, value: fc.Arbitrary<Value>): fc.Arbitrary<Schema> =>
    value.map((item) => ({ [keyword]: item }));
  const flat = fc.oneof(
    one(
      'type',
      fc.oneof(fc.constantFrom(...TYPES), fc.uniqueArray(fc.constantFrom(...TYPES), { minLength: 1, maxLength: 3 })),
    ),
    one(
      'enum',
      fc
        .array(payload, { minLength: 1, maxLength: 3 })
        .map((values) => [...new Map(values.map((value) => [JSON.stringify(value), value])).values()]),
    ),
    one('const', payload),
    one('multipleOf', fc.constantFrom(0.01, 0.1, 1, 3, 2.5, 1e-7)),
    ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'].map((bound) => one(bound, number)),
    ...['minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties'].map((bound) =>
      one(bound, count),
    ),
    one('pattern', fc.constantFrom(...PATTERNS)),
    one('format', fc.constantFrom(...FORMATS)),
    one('uniqueItems', fc.boolean()),
    one('required', names),
    one('dependentRequired', byName(names)),
    one('default', payload),
    one('contentEncoding', fc.constant('base64')),
    one('readOnly', fc.boolean()),
  );
  const nested = fc.oneof(
    one('properties', byName(inner)),
    one('patternProperties', fc.dictionary(fc.constantFrom(...PATTERNS), inner, { maxKeys: 2, noNullPrototype: true })),
    ...['additionalProperties', 'unevaluatedProperties', 'propertyNames', 'items', 'unevaluatedItems', 'not'].map(
      (keyword) => one(keyword, inner),
    ),
    ...['allOf', 'anyOf', 'oneOf', 'prefixItems'].map((keyword) => one(keyword, list)),
    one('dependentSchemas', byName(inner)),
    fc.record({ contains: inner, minContains: count, maxContains: count }, { requiredKeys: ['contains'] }),
    fc.tuple(one('if', inner), one('then', inner), one('else', inner)).map((parts) => Object.assign({}, ...parts)),
    one('$ref', fc.constantFrom('#/components/schemas/A', '#/components/schemas/B')),
  );
  const merged = (facet: fc.Arbitrary<Schema>): fc.Arbitrary<Schema> =>
    fc.array(facet, { minLength: 1, maxLength: 3 }).map((facets) => Object.assign({}, ...facets));
  return {
    schema: merged(fc.oneof({ weight: 2, arbitrary: nested }, flat)),
    inner: fc.oneof({ maxDepth: 3, depthSize: 'small' }, merged(flat), merged(fc.oneof(nested, flat)), fc.boolean()),
  };
});

/** How many routes a random spec has. */
const ROUTES = 4;

/** A spec of some routes with random request schemas, which may refer to two others and to themselves. */
export const spec = fc
  .record({ requests: fc.array(schema, { minLength: ROUTES, maxLength: ROUTES }), A: schema, B: schema })
  .map(({ requests, ...schemas }) => specOf(Object.fromEntries(requests.map((one, at) => [`/${at}`, one])), schemas));

/** A spec with these request schemas, by path. */
export function specOf(
  requests: Readonly<Record<string, unknown>>,
  schemas: object = {},
  openapi = '3.1.0',
): { readonly openapi: string; readonly paths: Readonly<Record<string, unknown>>; readonly components: object } {
  const paths = Object.entries(requests).map(([path, request]) => [
    path,
    { post: { requestBody: { content: { 'application/json': { schema: request } } } } },
  ]);
  return { openapi, paths: Object.fromEntries(paths), components: { schemas } };
}
