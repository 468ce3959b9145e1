import { readFile } from 'node:fs/promises';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { publishedJsonSchema } from './json-schema.ts';

test('the published file is fresh (else: npm run schema -w packages/config)', async () => {
  const file = await readFile(new URL('../sp00ky.schema.json', import.meta.url), 'utf8');
  expect(JSON.parse(file)).toEqual(publishedJsonSchema());
});

test('every property says what it is', () => {
  const undescribed: string[] = [];
  const walk = (schema: unknown, at: string): void => {
    if (typeof schema !== 'object' || schema === null) return;
    for (const [key, value] of Object.entries(schema)) {
      if (key === 'properties') {
        for (const [name, property] of Object.entries(value as object)) {
          if (!('description' in property)) undescribed.push(`${at}.${name}`);
        }
      }
      walk(value, `${at}.${key}`);
    }
  };
  walk(publishedJsonSchema(), '');
  expect(undescribed).toEqual([]);
});

test('it accepts the config of this project, and refuses a misspelt one', async () => {
  const validate = new Ajv({ strict: false }).compile(publishedJsonSchema());
  const config = await readFile(new URL('../../../sp00ky.yml', import.meta.url), 'utf8');
  expect(validate(parse(config)), JSON.stringify(validate.errors)).toBe(true);
  expect(validate(parse(config.replace('baseUrl', 'baseURL')))).toBe(false);
});
