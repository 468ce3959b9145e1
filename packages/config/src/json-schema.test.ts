import { readFile } from 'node:fs/promises';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { publishedJsonSchema } from './json-schema.ts';

test('is equal to the published file (otherwise: npm run schema -w packages/config)', async () => {
  const file = await readFile(new URL('../sp00ky.schema.json', import.meta.url), 'utf8');
  expect(JSON.parse(file)).toEqual(publishedJsonSchema());
});

test('describes every property', () => {
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

/** Every section that a config can have, and the line that names the schema for editors. */
const CONFIG = `# yaml-language-server: $schema=./sp00ky.schema.json
mode: singlenode
surrealdb: { namespace: main, database: app, hosting: embedded, path: "\${DATA:-.data/app}" }
schema: ./schema
clientTypes:
  - { format: typescript, output: ./web/schema.gen.ts }
frontend:
  dev: { type: npm, script: dev, workdir: ./web }
runner: { host: 127.0.0.1, port: 3667 }
backends:
  api:
    type: http
    baseUrl: http://127.0.0.1:3660
    spec: ./openapi.yaml
    auth: { type: token, token: "\${API_AUTH_TOKEN}" }
    method: { type: outbox, table: job, schema: ./schema/outbox/api.surql }
    dev: { type: npm, script: dev, workdir: ./api }
schedules:
  nightly: { cron: '0 3 * * *', timezone: Europe/Berlin, backend: api, route: /spookify, payload: { id: "thread:a" } }
`;

test('accepts a complete config and refuses a misspelt one', () => {
  const validate = new Ajv({ strict: false }).compile(publishedJsonSchema());
  expect(validate(parse(CONFIG)), JSON.stringify(validate.errors)).toBe(true);
  expect(validate(parse(CONFIG.replace('baseUrl', 'baseURL')))).toBe(false);
});
