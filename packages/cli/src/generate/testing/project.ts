import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface TestProject extends AsyncDisposable {
  readonly root: string;
  write(name: string, text: string): Promise<void>;
}

const FILES = {
  'sp00ky.yml': `clientTypes: [{ format: typescript, output: ./web/schema.gen.ts }]
backends:
  api:
    type: http
    baseUrl: http://127.0.0.1:3660
    spec: ./openapi.yaml
    auth: { type: token, token: "\${API_AUTH_TOKEN}" }
    method: { type: outbox, table: job, schema: ./schema/job.surql }
`,
  'openapi.yaml': `openapi: 3.1.0
paths:
  /go:
    post:
      requestBody:
        content:
          application/json:
            schema:
              type: object
              additionalProperties: false
              required: [id, mood]
              properties: { id: { type: string }, mood: { enum: [dark, light] }, tags: { type: array, items: { type: string } } }
      responses:
        '201': { $ref: '#/components/responses/Went' }
  /empty:
    post: {}
components:
  responses:
    Went: { description: It went., content: { application/json: { schema: { oneOf: [{ $ref: '#/components/schemas/Went' }, { type: 'null' }] } } } }
  schemas:
    Went: { type: object, required: [at], properties: { at: { type: integer } } }
`,
  'schema/schema.surql': '',
  'schema/job.surql': '',
};

/** Creates a project with these two SurrealQL files in a temporary folder. `await using` removes it. */
export async function createProject(schema: string, job: string): Promise<TestProject> {
  const root = await realpath(await mkdtemp(path.join(tmpdir(), 'spooky-generate-')));
  const write = async (name: string, text: string): Promise<void> => {
    await mkdir(path.dirname(path.join(root, name)), { recursive: true });
    await writeFile(path.join(root, name), text);
  };
  const files = { ...FILES, 'schema/schema.surql': schema, 'schema/job.surql': job };
  for (const [name, text] of Object.entries(files)) await write(name, text);
  return { root, write, [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }) };
}
