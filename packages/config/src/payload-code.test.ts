import { createContext, runInContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { payloadCode, type RequestSchemas } from './payload-code.ts';
import { type CompiledRequest, payloadIssues } from './payload-verdict.ts';

/** Runs the code where a content security policy forbids to make code from text. */
function compiled(schemas: RequestSchemas): Readonly<Record<string, Readonly<Record<string, CompiledRequest>>>> {
  const page = createContext({}, { codeGeneration: { strings: false, wasm: false } });
  expect(() => runInContext('new Function("return 1")', page)).toThrow('Code generation from strings disallowed');
  return runInContext(`(() => {${payloadCode(schemas).replace('export const payloads = ', 'return ')}})()`, page);
}

const api = { '/go': { type: 'object', required: ['id'], properties: { id: { type: 'string' } } }, '/any': {} };

describe('payloadCode', () => {
  it('checks payloads where code cannot be made from text', () => {
    const every = {
      properties: {
        text: { type: 'string', minLength: 2, pattern: '^\\p{L}+$' },
        at: { format: 'date-time' },
        link: { format: 'uri' },
        code: { format: 'regex' },
        price: { multipleOf: 0.01 },
        same: { const: { a: [1] } },
        list: { uniqueItems: true },
        tree: { $ref: '#/$defs/Tree' },
      },
      $defs: { Tree: { items: { $ref: '#/$defs/Tree' }, type: 'array' } },
    };
    const check = compiled({ api: { '/every': every } }).api?.['/every'];
    if (check === undefined) throw new Error('There is no check.');
    const good = {
      text: '👻é'.slice(2).repeat(2),
      at: '2026-11-28T12:00:00Z',
      link: 'https://a.b',
      code: 'x',
      price: 19.99,
      tree: [[]],
    };
    expect(payloadIssues(check, good)).toEqual([]);
    const bad = {
      text: 'é',
      at: 'x',
      link: 'x',
      code: '(',
      price: 0.001,
      same: { a: [2] },
      list: [[1], [1]],
      tree: [[1]],
    };
    expect(new Set(payloadIssues(check, bad).map(({ path }) => path))).toEqual(
      new Set(['/text', '/at', '/link', '/code', '/price', '/same', '/list', '/tree/0/0']),
    );
  });

  it('has one check for each backend and path', () => {
    const checks = compiled({ api, mail: { '/go': { type: 'null' } }, empty: {} });
    expect(Object.keys(checks)).toEqual(['api', 'mail', 'empty']);
    expect(Object.keys(checks.api ?? {})).toEqual(['/go', '/any']);
    expect(checks.mail?.['/go']?.first(null)).toBe(true);
    expect(checks.api?.['/go']?.first(null)).toBe(false);
  });

  it('is the same text every time, whatever was compiled before', () => {
    const before = payloadCode({ api });
    payloadCode({ other: { '/x': { const: { a: 1 } } } });
    expect(payloadCode({ api })).toBe(before);
  });

  it('imports nothing, and exports only the checks', () => {
    const code = payloadCode({ api: { '/go': { const: {}, format: 'date-time', maxLength: 1 } } });
    expect(code).not.toMatch(/^import|\brequire\(|\beval\b|new Function/m);
    expect(code.match(/^export .*/gm)).toEqual(['export const payloads = {']);
  });

  it('has functions of Ajv only if a schema needs them', () => {
    expect(payloadCode({ api })).not.toContain('ajv/dist');
    expect(payloadCode({ api: { '/x': { maxLength: 1 } } })).toContain('ajv/dist/runtime/ucs2length');
  });

  it.each([
    'require("ajv/dist/runtime/equal").default',
    'const payload0 = require("ajv/dist/runtime/equal")',
    '\nexport const payload0 = 1;\n"use strict";',
    '`x`</script>',
    '\u2028\u2029\\"\'',
    '$& $1 $`',
  ])('keeps %j in a schema as it is', (text) => {
    const check = compiled({
      api: {
        [`/${text}`]: {
          oneOf: [
            { const: text },
            { type: 'object', required: [text], additionalProperties: false, properties: { [text]: {} } },
          ],
        },
      },
    }).api?.[`/${text}`];
    expect(check?.first(text)).toBe(true);
    expect(check?.first({ [text]: 1 })).toBe(true);
    expect(check?.first({ [text]: 1, more: 1 })).toBe(false);
    expect(check?.first(`${text} `)).toBe(false);
  });

  it('refuses an invalid schema', () => {
    expect(() => payloadCode({ api: { '/x': { type: 'objekt' } } })).toThrow('schema is invalid');
  });
});
