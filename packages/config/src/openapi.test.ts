import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConfigError } from './errors.ts';
import { loadRoutes } from './openapi.ts';
import { createPayloadValidator } from './payload.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'spooky-openapi-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let count = 0;
async function routesOf(text: string) {
  count += 1;
  const file = path.join(folder, `spec-${count}.yaml`);
  await writeFile(file, text);
  return loadRoutes(file);
}

/** Returns a spec with one route, `/go`, whose request schema is `schema`, YAML or JSON on one line. */
const spec = (schema: string, version = '3.1.0', more = ''): string => `openapi: ${version}
paths:
  /go:
    post:
      summary: Goes.
      requestBody: { content: { application/json: { schema: ${schema} } } }
${more}`;

const request = async (schema: string, version?: string, more?: string) =>
  (await routesOf(spec(schema, version, more)))['/go']?.request;

describe('loadRoutes', () => {
  test('reads from a complete spec what a job needs', async () => {
    const routes = await routesOf(`openapi: 3.1.0
info: { title: An API, version: 0.1.0 }
servers:
  - url: http://127.0.0.1:3660
security:
  - bearer: []
paths:
  /spookify:
    post:
      operationId: spookify
      summary: Write a suggestion.
      requestBody:
        required: true
        content:
          application/json:
            schema: { type: object, required: [id], properties: { id: { type: string, description: A record id. } } }
      responses:
        '200': { description: Stored., content: { application/json: { schema: { type: object } } } }
        '401': { description: The bearer token is wrong. }
components:
  securitySchemes:
    bearer: { type: http, scheme: bearer }
`);
    expect(Object.keys(routes)).toEqual(['/spookify']);
    expect(routes['/spookify']).toMatchObject({ path: '/spookify', request: { required: ['id'] } });
  });

  test('reads JSON as well as YAML', async () => {
    const body = { content: { 'application/json': { schema: { type: 'object' } } } };
    const text = JSON.stringify({ openapi: '3.0.3', paths: { '/go': { post: { requestBody: body } } } }, null, '\t');
    // JSON may be indented with tabs, which YAML forbids outside of braces.
    expect(await routesOf(text)).toEqual({ '/go': { path: '/go', request: { type: 'object' } } });
  });

  test('accepts POST routes with a JSON body or without a body', async () => {
    const routes = await routesOf(`openapi: 3.1.0
paths:
  /json: { post: { summary: S, requestBody: { content: { 'application/json; charset=utf-8': { schema: true } } } } }
  /vendor: { post: { requestBody: { content: { application/vnd.x+json: { schema: { type: object } } } } } }
  /nothing: { post: {} }
  /form: { post: { requestBody: { content: { multipart/form-data: { schema: {} } } } } }
  /read: { get: {} }
  '/threads/{id}': { post: {} }
  x-internal: {}
`);
    expect(routes).toEqual({
      '/json': { path: '/json', request: {}, summary: 'S' },
      '/vendor': { path: '/vendor', request: { type: 'object' } },
      '/nothing': { path: '/nothing', request: {} },
    });
  });

  test('follows references to bodies and paths, and copies referenced schemas', async () => {
    const routes = await routesOf(`openapi: 3.1.0
paths:
  /go: { $ref: '#/components/pathItems/Go' }
components:
  pathItems:
    Go: { post: { requestBody: { $ref: '#/components/requestBodies/Go' } } }
  requestBodies:
    Go: { content: { application/json: { schema: { $ref: '#/components/schemas/Tree' } } } }
  schemas:
    Tree: { type: object, properties: { name: { $ref: '#/components/schemas/a~1b' }, branches: { type: array, items: { $ref: '#/components/schemas/Tree' } } } }
    a/b: { type: string }
`);
    const schema = routes['/go']?.request;
    expect(schema).toMatchObject({ $ref: '#/$defs/Tree', $defs: { a_b: { type: 'string' } } });
    const validate = createPayloadValidator(schema ?? {});
    expect(validate({ name: 'a', branches: [{ name: 'b' }] })).toEqual({ ok: true });
    expect(validate({ branches: [{ branches: [{ name: 5 }] }] })).toEqual({
      ok: false,
      reason: 'branches.0.branches.0.name must be string',
    });
  });

  test('distinguishes two schemas with the same name', async () => {
    const more = `components: { schemas: { Id: { type: string } }, responses: { Id: { type: number } } }`;
    const schema = `{ properties: { a: { $ref: '#/components/schemas/Id' }, b: { $ref: '#/components/responses/Id' } } }`;
    expect(await request(schema, '3.1.0', more)).toMatchObject({
      properties: { a: { $ref: '#/$defs/Id' }, b: { $ref: '#/$defs/Id_2' } },
      $defs: { Id: { type: 'string' }, Id_2: { type: 'number' } },
    });
  });

  test('converts keywords of OpenAPI 3.0 to JSON Schema', async () => {
    const schema =
      '{ type: object, example: {}, x-note: 1, properties: { a: { type: string, nullable: true }, b: { type: integer, minimum: 0, exclusiveMinimum: true, maximum: 5, exclusiveMaximum: false } } }';
    expect(await request(schema, '3.0.3')).toEqual({
      type: 'object',
      properties: { a: { type: ['string', 'null'] }, b: { type: 'integer', exclusiveMinimum: 0, maximum: 5 } },
    });
  });

  test('accepts a backend without a route', async () => {
    expect(await routesOf('openapi: 3.1.0\npaths: {}\n')).toEqual({});
  });

  test('uses keywords beside a reference in 3.1 and ignores them in 3.0', async () => {
    const more = 'components: { schemas: { Id: { type: string } } }';
    const schema = `{ properties: { id: { $ref: '#/components/schemas/Id', maxLength: 5 } } }`;
    expect(await request(schema, '3.1.0', more)).toMatchObject({ properties: { id: { maxLength: 5 } } });
    expect((await request(schema, '3.0.0', more))?.properties).toEqual({ id: { $ref: '#/$defs/Id' } });
  });

  test.each([
    [
      'swagger: "2.0"\n',
      '1:1 swagger: Swagger 2.0 is not supported; convert the file to OpenAPI, and write openapi: 3.1.0',
    ],
    ['openapi: 3.1.0\n', '1:1 paths: is missing; list the routes under paths:'],
    [
      'openapi: 3.1.0\npaths:\n  /x: { get: {} }\n',
      '2:1 paths: has no callable route; describe a POST with a JSON request body',
    ],
    ['openapi: 3.1.0\npaths:\n  go: {}\n', '3:3 paths.go: a path must start with /; add it'],
    [
      spec(`{ $ref: '#/components/schemas/Nothing' }`),
      '6:63 paths["/go"].post.requestBody.content["application/json"].schema.$ref: there is nothing at #/components/schemas/Nothing; define it, or correct the reference',
    ],
    [
      spec(`{ $ref: 'other.yaml#/Thing' }`),
      `6:63 paths["/go"].post.requestBody.content["application/json"].schema.$ref: only references within this file work; write '#/components/schemas/…'`,
    ],
    [
      spec(`{ properties: { a: { $id: 'x' } } }`),
      `6:82 paths["/go"].post.requestBody.content["application/json"].schema.properties.a.$id: $id is not supported; use $ref: '#/components/schemas/…'`,
    ],
    [
      spec('[]'),
      '6:53 paths["/go"].post.requestBody.content["application/json"].schema: must be a schema; write for example { type: object }',
    ],
    [
      spec('{ type: objekt }'),
      '6:63 paths["/go"].post.requestBody.content["application/json"].schema.type: is not a valid JSON Schema: ',
    ],
    [
      'openapi: 3.1.0\npaths:\n  /go: { $ref: "#/paths/~1go" }\n',
      '3:3 paths["/go"]: this $ref refers to itself; let it refer to a definition',
    ],
    [
      'openapi: 3.1.0\npaths:\n  /go: { post: { requestBody: {} } }\n',
      '3:18 paths["/go"].post.requestBody.content: is missing; write content: with application/json: and its schema',
    ],
    ['openapi: [\n', '2:1: the indentation does not fit'],
  ])('refuses %j at its position', async (text, message) => {
    const error: unknown = await routesOf(text).catch((reason) => reason);
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).message).toContain(`.yaml:${message}`);
  });

  test('reports a missing spec', async () => {
    await expect(loadRoutes(path.join(folder, 'none.yaml'))).rejects.toThrow(
      /none\.yaml:1:1: there is no such file; create it, or correct the path/,
    );
  });

  test('never crashes on a spec', async () => {
    const keywords = [
      '$ref',
      'properties',
      'items',
      'allOf',
      'enum',
      'type',
      'nullable',
      '__proto__',
      '$defs',
      'format',
    ];
    const schema = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom('object', '#/paths/~1go', '#/components/schemas/A', '#/', '%', 'string', 5, true, null, -1.5),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...keywords), tie('any'), { maxKeys: 4, noNullPrototype: true }),
      ),
    })).any;
    await fc.assert(
      fc.asyncProperty(schema, schema, async (body, other) => {
        const paths = { '/go': { post: { requestBody: { content: { 'application/json': { schema: body } } } } } };
        const text = JSON.stringify({ openapi: '3.1.0', paths, components: { schemas: { A: other } } });
        await routesOf(text).catch((error: unknown) => expect(error).toBeInstanceOf(ConfigError));
      }),
      { numRuns: 150 },
    );
  });
});
