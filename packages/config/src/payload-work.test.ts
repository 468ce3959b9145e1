import { runInThisContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { createPayloadValidator } from './payload.ts';
import { payloadCode } from './payload-code.ts';
import { type CompiledRequest, payloadIssue, payloadIssues } from './payload-verdict.ts';
import type { JsonSchema } from './subschemas.ts';

/** The verdict of a server, after it was compared with that of a browser. */
function reasonOf(schema: JsonSchema, payload: unknown): string | undefined {
  const verdict = createPayloadValidator(schema)(payload);
  const module = payloadCode({ api: { '/go': schema } }).replace('export const payloads = ', 'return ');
  const check: CompiledRequest = runInThisContext(`(() => {${module}})()`).api['/go'];
  const reason = verdict.ok ? undefined : verdict.reason;
  expect(payloadIssue(check.first, payload)?.message).toBe(reason);
  expect(payloadIssues(check, payload)[0]?.message).toBe(reason);
  return reason;
}

/** Objects in objects. Without a bound, the checks below run longer than the test may. */
function nested(levels: number, member: string, innermost: unknown = {}): unknown {
  return levels === 0 ? innermost : { [member]: nested(levels - 1, member, innermost), op: 'or' };
}

const E = { $ref: '#/$defs/E' };
const branch = (op: string): JsonSchema => ({
  type: 'object',
  properties: { of: E, op: { const: op } },
  required: ['op'],
});
const TOO_MUCH = 'the payload takes too long to check; nest it less deeply';

describe('a schema that refers to itself in several branches', () => {
  it.each<[string, JsonSchema, unknown]>([
    ['anyOf', { anyOf: [branch('and'), branch('or')] }, nested(30, 'of')],
    ['oneOf', { oneOf: [branch('and'), branch('or')] }, nested(30, 'of')],
    ['allOf', { allOf: [branch('or'), branch('or')] }, nested(30, 'of', { op: 'or' })],
    [
      'dependentSchemas',
      { dependentSchemas: { of: { properties: { of: E } }, op: { properties: { of: E } } } },
      nested(30, 'of'),
    ],
    ['patternProperties', { patternProperties: { '^o': E, f$: E }, type: ['object', 'string'] }, nested(30, 'of')],
  ])('ends the check of %s after a bounded number of steps', (_, definition, payload) => {
    expect(reasonOf({ ...E, $defs: { E: definition } }, payload)).toBe(TOO_MUCH);
  });

  it('accepts usual trees and long lists', () => {
    const tree = { ...E, $defs: { E: { anyOf: [{ type: 'number' }, { type: 'array', items: E }] } } };
    expect(reasonOf(tree, [Array(20_000).fill(1), [[1]]])).toBeUndefined();
  });
});

describe('uniqueItems', () => {
  it.each([
    ['numbers', 20_000, (i: number) => i],
    ['texts', 20_000, (i: number) => `x${i}`],
    ['lists', 900, (i: number) => [i]],
  ])('accepts many different %s', (_, length, make) => {
    expect(
      reasonOf(
        { uniqueItems: true },
        Array.from({ length }, (__, i) => make(i)),
      ),
    ).toBeUndefined();
  });

  it.each([
    [[1, '1', true, 'true', null, 'null', [], {}, [1], ['1'], { a: 1 }, { a: '1' }]],
    [['constructor', 'toString', 'hasOwnProperty']],
    [[]],
  ])('tells %j apart', (list) => {
    expect(reasonOf({ uniqueItems: true }, list)).toBeUndefined();
  });

  it.each([
    [[1, 2, 1.0]],
    [[null, null]],
    [['__proto__', '__proto__']],
    [
      [
        { a: 1, b: [2] },
        { b: [2], a: 1 },
      ],
    ],
    [[0, -0]],
    [[[], 1, []]],
  ])('finds the duplicate in %j', (list) => {
    expect(reasonOf({ uniqueItems: true, items: {} }, list)).toMatch(
      /must NOT have duplicate items \(items ## \d and \d/,
    );
    expect(reasonOf({ uniqueItems: false }, list)).toBeUndefined();
  });

  it('finds a duplicate of the name __proto__ among texts', () => {
    const texts = { type: 'array', uniqueItems: true, items: { type: 'string' } };
    expect(reasonOf(texts, ['__proto__', '__proto__'])).toContain('duplicate');
  });
});

describe('the format url', () => {
  it.each([
    ['https://user:pass:word@example.com/a', true],
    ['https://a:b@c:d@example.com', true],
    ['http://@example.com', false],
    [`http://${'a:a'.repeat(60_000)}`, false],
  ])('decides about %.40s', (url, isGood) => {
    expect(reasonOf({ format: 'url' }, url) === undefined).toBe(isGood);
  });
});
