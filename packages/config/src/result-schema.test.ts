import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { loadRoutes } from './openapi.ts';

/** The schema of the answers of a spec's route `/go`, with these responses. */
async function resultOf(responses: string, version = '3.1.0') {
  const folder = await mkdtemp(path.join(tmpdir(), 'spooky-result-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'api.yaml');
  await writeFile(
    file,
    `openapi: ${version}
paths: { /go: { post: { responses: ${responses} } } }
components:
  responses: { Done: { description: Done., content: { application/json: { schema: { $ref: '#/components/schemas/Tree' } } } } }
  schemas: { Tree: { type: object, properties: { branches: { type: array, items: { $ref: '#/components/schemas/Tree' } } } } }
`,
  );
  return (await loadRoutes(file))['/go']?.result;
}

const json = (type: string) => `content: { application/json: { schema: { type: ${type} } } }`;

test.each([
  ['the lowest 2xx', `{ '202': { ${json('number')} }, '201': { ${json('string')} }, '400': { ${json('null')} } }`],
  ['a status that is a number', `{ 200: { ${json('string')} } }`],
  ['the lowest with a JSON body', `{ '200': { description: No body. }, '201': { ${json('string')} } }`],
  [
    'JSON beside other media types',
    "{ '200': { content: { text/plain: {}, application/vnd.x+json: { schema: { type: string } } } } }",
  ],
  ['a status before the range', `{ '2XX': { ${json('number')} }, '299': { ${json('string')} } }`],
  ['the range', `{ '2XX': { ${json('string')} }, default: { ${json('number')} } }`],
])('is that of %s', async (_, responses) => {
  expect(await resultOf(responses)).toEqual({ type: 'string' });
});

test('follows references to responses and copies referenced schemas', async () => {
  expect(await resultOf("{ '200': { $ref: '#/components/responses/Done' } }")).toEqual({
    $ref: '#/$defs/Tree',
    $defs: { Tree: { type: 'object', properties: { branches: { type: 'array', items: { $ref: '#/$defs/Tree' } } } } },
  });
});

test('converts keywords of OpenAPI 3.0', async () => {
  const responses = "{ '200': { content: { application/json: { schema: { type: string, nullable: true } } } } }";
  expect(await resultOf(responses, '3.0.3')).toEqual({ type: ['string', 'null'] });
});

test.each([
  ['there is no 2xx', `{ '400': { ${json('string')} }, default: { ${json('string')} } }`],
  ['no 2xx has a JSON body', "{ '200': { content: { text/html: { schema: { type: string } } } }, '204': {} }"],
  ['the body has no schema', "{ '200': { content: { application/json: {} } } }"],
  ['the schema refers to nothing', "{ '200': { content: { application/json: { schema: { $ref: '#/nothing' } } } } }"],
  ['the response refers to nothing', "{ '200': { $ref: '#/components/responses/Nothing' } }"],
  ['the responses are no object', 'nothing'],
])('is absent if %s', async (_, responses) => {
  expect(await resultOf(responses)).toBeUndefined();
});
