import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatIssue } from './errors.ts';
import { readSpec } from './openapi.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'spooky-openapi-faults-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let count = 0;
/** Returns the routes, problems and warnings of a spec, as people see them. */
async function read(text: string) {
  count += 1;
  const file = path.join(folder, `${count}.yaml`);
  await writeFile(file, text);
  const { routes, issues, warnings } = await readSpec(file);
  const shown = (all: typeof issues) => all.map((issue) => formatIssue(issue, folder).replace(/^\d+\.yaml:/, ''));
  return { paths: Object.keys(routes), issues: shown(issues), warnings: shown(warnings) };
}

describe('a path that jobs cannot call', () => {
  const post = '{ post: {} }';

  it('is reported where it is written, beside the paths that they can call', async () => {
    const { paths, issues } = await read(`openapi: 3.1.0
paths:
  /café: ${post}
  /with space: ${post}
  /q?x=1: ${post}
  /a/../b: ${post}
  "/a\\tb": ${post}
  /a//b: ${post}
  '/a\\b': ${post}
  /100%: ${post}
  /users/:id: ${post}
`);
    expect(paths).toEqual(['/café', '/with space']);
    const cannot = 'jobs cannot call this path: ';
    expect(issues).toEqual([
      `5:3 paths["/q?x=1"]: ${cannot}? starts a query; send its values in the payload`,
      `6:3 paths["/a/../b"]: ${cannot}. and .. lead to another path; write the path itself`,
      `7:3 paths["/a\\tb"]: ${cannot}the path has an invisible character, such as a line break; remove it`,
      `8:3 paths["/a//b"]: ${cannot}two slashes in a row are not one path for all servers; remove one`,
      `9:3 paths["/a\\\\b"]: ${cannot}servers do not agree on the meaning of \\ here; remove it`,
      `10:3 paths["/100%"]: ${cannot}% must be followed by the two hexadecimal digits of a byte of UTF-8, such as %C3%A9; correct it`,
      `11:3 paths["/users/:id"]: ${cannot}a segment that starts with : is a parameter in many routers; write the name without it`,
    ]);
  });

  it('is reported if it is the same as another one', async () => {
    const { paths, issues } = await read(`openapi: 3.1.0
paths:
  /café: ${post}
  /caf%C3%A9: ${post}
  /caf%c3%a9: { get: {} }
`);
    expect(paths).toEqual(['/café']);
    expect(issues).toEqual(['4:3 paths["/caf%C3%A9"]: is the same path as /café; remove one of them']);
  });

  it('is a warning if it has parameters, because other callers may need it', async () => {
    const { paths, issues, warnings } = await read(`openapi: 3.1.0
paths:
  /go: ${post}
  /threads/{id}: ${post}
  /read/{id}: { get: {} }
`);
    expect(paths).toEqual(['/go']);
    expect(issues).toEqual([]);
    expect(warnings).toEqual([
      '4:3 paths["/threads/{id}"]: warning: a job has no value for {id}; if jobs should call this route, send the value in the payload',
    ]);
  });

  it('is no problem if jobs would not call it anyway', async () => {
    const { issues } = await read(`openapi: 3.1.0
paths:
  /go: ${post}
  /search?q: { get: {} }
  /all*: { post: { requestBody: { content: { text/plain: {} } } } }
`);
    expect(issues).toEqual([]);
  });
});

describe('a schema that no payload can be checked with', () => {
  const spec = (schema: string) => `openapi: 3.1.0
paths:
  /go: { post: { requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/Go' } } } } } }
components:
  schemas:
    Go:
      type: object
      properties:
        id: { type: string }
        x:
          ${schema}
    Other:
      type: object
`;
  const X = 'components.schemas.Go.properties.x';

  it.each([
    ['type: objekt', `11:11 ${X}.type: is not a valid JSON Schema: `],
    [
      'requried: [id]',
      `11:11 ${X}.requried: is not a valid JSON Schema: strict mode: unknown keyword: "requried"; correct it`,
    ],
    ['items: { anyOf: [{ minLength: -1 }] }', `11:30 ${X}.items.anyOf[0].minLength: is not a valid JSON Schema: `],
    ['{ properties: { y: { pattern: "^\\\\_$" } } }', `11:32 ${X}.properties.y.pattern: is not a valid JSON Schema: `],
    ['pattern: "["', `11:11 ${X}.pattern: is not a valid JSON Schema: `],
    ['required: id', `11:11 ${X}.required: is not a valid JSON Schema: `],
    ['exclusiveMinimum: true', `11:11 ${X}.exclusiveMinimum: is not a valid JSON Schema: `],
    ['{ type: string, nullable: maybe }', `11:27 ${X}.nullable: is not a valid JSON Schema: `],
    ['if: { type: string }', `11:11 ${X}.if: is not a valid JSON Schema: `],
    [
      'const: { __proto__: 1 }',
      `11:20 ${X}.const.__proto__: cannot be a name, because no payload may have it; rename it`,
    ],
    ['properties: { __proto__: {} }', `11:25 ${X}.properties.__proto__: cannot be a name`],
    ['enum: [1, .inf]', `11:21 ${X}.enum[1]: must be a finite number, because JSON has no other; correct it`],
    ['maximum: .nan', `11:11 ${X}.maximum: must be a finite number`],
  ])('is reported at its fault: %s', async (schema, issue) => {
    const { issues } = await read(spec(schema));
    expect(issues).toEqual([expect.stringContaining(issue)]);
  });

  it.each([
    ['itself', 'A: { anyOf: [{ type: string }, { $ref: "#/components/schemas/A" }] }'],
    ['itself in a condition', 'A: { if: { not: { $ref: "#/components/schemas/A" } }, then: {} }'],
    [
      'another one that refers to it',
      'A: { allOf: [{ $ref: "#/components/schemas/B" }] }\n    B: { dependentSchemas: { x: { $ref: "#/components/schemas/A" } } }',
    ],
  ])('is reported if it refers to %s for the same value', async (_, schemas) => {
    const { issues } = await read(`openapi: 3.1.0
paths:
  /go: { post: { requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/A' } } } } } }
components:
  schemas:
    ${schemas}
`);
    expect(issues).toEqual([
      expect.stringMatching(
        /^\d+:5 components\.schemas\.A: refers to itself for the same value, so its check would never end; /,
      ),
    ]);
  });

  it('is none that refers to itself for a property, an item or a name', async () => {
    const { paths, issues } = await read(`openapi: 3.1.0
paths:
  /go: { post: { requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/A' } } } } } }
components:
  schemas:
    A:
      properties: { a: { $ref: '#/components/schemas/A' } }
      items: { anyOf: [{ $ref: '#/components/schemas/A' }] }
      additionalProperties: { $ref: '#/components/schemas/A' }
      propertyNames: { $ref: '#/components/schemas/A' }
`);
    expect(issues).toEqual([]);
    expect(paths).toEqual(['/go']);
  });
});
