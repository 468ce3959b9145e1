// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of sp00ky.yml, not of JavaScript
import { expect, test } from 'vitest';
import { interpolate } from './interpolate.ts';

const env = { NAME: 'value', EMPTY: '', NESTED: '${NAME}' };

test.each([
  ['plain', 'plain'],
  ['$NAME', '$NAME'],
  ['${NAME}', 'value'],
  ['a${NAME}b${NAME}c', 'avaluebvaluec'],
  ['${UNSET:-fallback}', 'fallback'],
  ['${UNSET:-}', ''],
  ['${EMPTY:-fallback}', 'fallback'],
  ['${EMPTY}', ''],
  ['${NAME:-fallback}', 'value'],
  ['${UNSET:-a:-b c}', 'a:-b c'],
  ['$${NAME}', '${NAME}'],
  // The value of a variable is not searched for references.
  ['${NESTED}', '${NAME}'],
])('replaces %s with %s', (text, expected) => {
  expect(interpolate(text, env)).toMatchObject({ value: expected, faults: [] });
});

test('walks lists and objects, and leaves other values unchanged', () => {
  const tree = { a: ['${NAME}', 1, null, { b: '${NAME}' }], '${NAME}': true };
  const { value, replaced } = interpolate(tree, env);
  expect(value).toEqual({ a: ['value', 1, null, { b: 'value' }], '${NAME}': true });
  expect(replaced).toEqual([
    ['a', 0],
    ['a', 3, 'b'],
  ]);
});

test('reports where in the text a variable is missing', () => {
  const { faults, required } = interpolate({ a: '${NAME} and ${UNSET}' }, env);
  expect(faults).toEqual([
    {
      code: 'SPOOKY_CONFIG_UNSET_VARIABLE',
      path: ['a'],
      offset: 12,
      message: '${UNSET} is not set; set it in the environment or in .env, or write ${UNSET:-default}',
    },
  ]);
  expect(required.map(({ name }) => name)).toEqual(['NAME', 'UNSET']);
});

test('does not treat inherited properties as variables', () => {
  expect(interpolate('${constructor}', env).faults).toHaveLength(1);
});
