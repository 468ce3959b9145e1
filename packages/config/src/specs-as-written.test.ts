import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { formatIssue } from './errors.ts';
import { loadConfig } from './load.ts';
import { readSpec } from './openapi.ts';
import { createProject } from './testing/project.ts';

async function specOf(text: string) {
  const folder = await mkdtemp(path.join(tmpdir(), 'spooky-spec-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'api.yaml');
  await writeFile(file, text);
  const { routes, issues, warnings } = await readSpec(file);
  const shown = (list: typeof issues) => list.map((issue) => formatIssue(issue, folder));
  return { routes, issues: shown(issues), warnings: shown(warnings) };
}

const ID = { type: 'object', required: ['id'], properties: { id: { type: 'string' } } };
const BODY = '{ application/json: { schema: { type: object, required: [id], properties: { id: { type: string } } } } }';

test.each<[what: string, text: string]>([
  [
    'whose operation is merged',
    `openapi: 3.1.0\nx-base: &base\n  requestBody: { content: ${BODY} }\npaths:\n  /go:\n    post:\n      <<: *base\n      summary: Goes.\n`,
  ],
  [
    'whose schema is merged from two',
    `openapi: 3.1.0
x-one: &one { type: object, required: [id] }
x-two: &two { type: array, properties: { id: { type: string } } }
paths: { /go: { post: { requestBody: { content: { application/json: { schema: { <<: [*one, *two] } } } } } } }
`,
  ],
  [
    'whose body is an alias',
    `openapi: 3.1.0\nx-body: &body { content: ${BODY} }\npaths: { /go: { post: { requestBody: *body } } }\n`,
  ],
  [
    'whose body is a reference',
    `openapi: 3.0.3\npaths: { /go: { post: { requestBody: { $ref: '#/components/requestBodies/Go' } } } }\ncomponents: { requestBodies: { Go: { content: ${BODY} } } }\n`,
  ],
  [
    'with a charset',
    `openapi: 3.1.0\npaths: { /go: { post: { requestBody: { content: ${BODY.replace('application/json', "'application/json; charset=utf-8'")} } } } }\n`,
  ],
  [
    'for any media type',
    `openapi: 3.1.0\npaths: { /go: { post: { requestBody: { content: ${BODY.replace('application/json', "'*/*'")} } } } }\n`,
  ],
  [
    'for JSON beside a form',
    `openapi: 3.1.0\npaths: { /go: { post: { requestBody: { content: { '*/*': { schema: {} }, multipart/form-data: {}, ${BODY.slice(1)} } } } }\n`,
  ],
  [
    'beside GET, parameters of the path, and extensions',
    `openapi: 3.1.0\npaths:\n  x-note: hello\n  /go:\n    parameters: [{ in: query, name: page }]\n    get: {}\n    post: { requestBody: { content: ${BODY} } }\n  /list: { get: {} }\n`,
  ],
  [
    'with Windows line ends, a byte-order mark and tabs, in JSON',
    `\uFEFF${JSON.stringify({ openapi: '3.1.0', paths: { '/go': { post: { requestBody: { content: { 'application/json': { schema: ID } } } } } } }, undefined, '\t').replaceAll('\n', '\r\n')}`,
  ],
])('reads a route %s', async (_, text) => {
  const { routes, issues, warnings } = await specOf(text);
  expect({ issues, warnings }).toEqual({ issues: [], warnings: [] });
  expect(routes['/go']?.request).toEqual(ID);
});

const withOperation = (operation: string, version = '3.1.0') =>
  `openapi: ${version}\npaths:\n  /ok: { post: {} }\n  /go:\n    post: ${operation}\n`;

test.each<[what: string, text: string, warning: string]>([
  [
    'takes a form only',
    withOperation('{ requestBody: { content: { multipart/form-data: {} } } }'),
    'api.yaml:5:28 paths["/go"].post.requestBody.content: warning: jobs send JSON',
  ],
  [
    'takes text only',
    withOperation('{ requestBody: { content: { text/plain: {} } } }'),
    'api.yaml:5:28 paths["/go"].post.requestBody.content: warning: jobs send JSON',
  ],
  [
    'needs a query parameter',
    withOperation('{ parameters: [{ in: query, name: page, required: true }] }'),
    'api.yaml:5:26 paths["/go"].post.parameters[0]: warning: jobs do not send this required query parameter',
  ],
  [
    'needs a header',
    withOperation(
      '{ parameters: [{ in: header, name: X-Job-Id, required: true }, { in: header, name: X-Other, required: true }] }',
    ),
    'paths["/go"].post.parameters[1]: warning: jobs do not send this required header parameter',
  ],
  [
    'needs a cookie of its path, by reference',
    `openapi: 3.1.0\npaths:\n  /ok: { post: {} }\n  /go:\n    parameters: [{ $ref: '#/components/parameters/C' }]\n    post: {}\ncomponents: { parameters: { C: { in: cookie, name: c, required: true } } }\n`,
    'api.yaml:5:18 paths["/go"].parameters[0]: warning: jobs do not send this required cookie parameter',
  ],
])('warns of an operation that no job can call, because it %s', async (_, text, warning) => {
  const { routes, issues, warnings } = await specOf(text);
  expect(issues).toEqual([]);
  expect(Object.keys(routes)).toEqual(['/ok']);
  expect(warnings).toEqual([expect.stringContaining(warning)]);
});

test.each<[what: string, text: string, issue: string]>([
  ['Swagger 2', "swagger: '2.0'\npaths: {}\n", 'api.yaml:1:1 swagger: Swagger 2.0 is not supported'],
  ['a version that is a number', 'openapi: 3.1\npaths: {}\n', 'api.yaml:1:1 openapi: must be text with three numbers'],
  ['a later version', 'openapi: 4.0.0\npaths: {}\n', 'api.yaml:1:1 openapi: must be an OpenAPI version'],
  ['no paths', 'openapi: 3.1.0\npaths:\n', 'api.yaml:2:1 paths: is missing; list the routes under paths:'],
  ['an operation without a value', withOperation(''), 'api.yaml:5:5 paths["/go"].post: is not an operation'],
  ['a body without a value', withOperation('{ requestBody: }'), 'paths["/go"].post.requestBody.content: is missing'],
  [
    'a path in another file',
    "openapi: 3.1.0\npaths:\n  /go: { $ref: './go.yaml#/go' }\n",
    'api.yaml:3:10 paths["/go"].$ref: only references within this file work',
  ],
  [
    'a body at a URL',
    withOperation("{ requestBody: { $ref: 'https://example.org/go.yaml' } }"),
    'paths["/go"].post.requestBody.$ref: only references within this file work',
  ],
  [
    'nullable: yes',
    withOperation(
      '{ requestBody: { content: { application/json: { schema: { type: string, nullable: yes } } } } }',
      '3.0.3',
    ),
    'schema.nullable: must be true or false',
  ],
  [
    'uniqueItems: on',
    withOperation('{ requestBody: { content: { application/json: { schema: { uniqueItems: on } } } } }'),
    'schema.uniqueItems: is not a valid JSON Schema',
  ],
  [
    'maxLength: 1_000',
    withOperation('{ requestBody: { content: { application/json: { schema: { maxLength: 1_000 } } } } }'),
    'schema.maxLength: is not a valid JSON Schema',
  ],
  ['GET only', 'openapi: 3.1.0\npaths:\n  /go: { get: {} }\n', 'api.yaml:2:1 paths: has no callable route'],
])('refuses %s at its place', async (_, text, issue) => {
  const { issues } = await specOf(text);
  expect(issues[0]).toContain(issue);
});

test('merges in sp00ky.yml, and returns the warnings of the specs', async () => {
  const spec = withOperation('{ requestBody: { content: { text/plain: {} } } }');
  await using project = await createProject({
    'sp00ky.yml': `backends:
  api: &api
    type: http
    baseUrl: http://127.0.0.1:3660
    spec: ./openapi.yaml
    method: &method { type: outbox, table: api_job, schema: ./schema/outbox/api.surql, timeout: 5000 }
  mail:
    <<: *api
    baseUrl: http://127.0.0.1:3661
    method: { <<: *method, table: mail_job }
`,
    'openapi.yaml': spec,
  });
  const { backends, warnings } = await loadConfig({ cwd: project.root, env: {} });
  expect(backends.mail).toMatchObject({ spec: backends.api?.spec, method: { table: 'mail_job', timeout: 5000 } });
  expect(warnings).toMatchObject([{ code: 'SPOOKY_CONFIG_UNUSED_OPERATION', line: 5, column: 28 }]);
});
