import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryRoot } from '../testing/supervise.ts';
import { jsonPlace } from './json-place.ts';

test.each([
  ['a comma at the end', '{\n  "a": 1,\n}', [3, 1]],
  ['a missing value', '{\n  "a": 1,\n  "b": }', [3, 8]],
  ['a missing comma', '{\n  "a": 1\n  "b": 2\n}', [3, 3]],
  ['a comment', '{\n  // no\n}', [2, 3]],
  ['single quotes', "[\n\n  'a'\n]", [3, 3]],
  ['a line break in a text', '{ "a": "b\n" }', [1, 10]],
  ['an end that is too early', '{\n  "a": [1,\n', [3, 1]],
  ['a word', '{ "a": 1,\n  "b": undefined }', [2, 8]],
  ['more after the end', '{}\n\n}', [3, 1]],
  ['an empty file', '', [1, 1]],
  ['a mistake after a byte-order mark', '\ufeff{\n"a": ,}', [2, 6]],
  ['a mistake at the end of a long file', `[${'"é",\n'.repeat(20_000)}x]`, [20_001, 1]],
])('finds the place of a mistake in a JSON module: %s', (_name, text, [line, column]) => {
  const file = join(temporaryRoot(), 'a.json');
  writeFileSync(file, text);
  let message = '';
  try {
    JSON.parse(text.replace('\ufeff', ''));
  } catch (error) {
    message = `${file}: ${(error as Error).message}`; // as Node writes it
  }
  expect(jsonPlace(message)).toEqual({ file, line, column });
});

test('names only the file if it cannot be read, and nothing for other messages', () => {
  expect(jsonPlace('/none.json: Unexpected token \'x\', "x" is not valid JSON')).toEqual({ file: '/none.json' });
  expect(jsonPlace('Unexpected token')).toBeUndefined();
});
