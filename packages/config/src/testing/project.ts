import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A project folder for one test. `await using` removes it. */
export interface TestProject extends AsyncDisposable {
  readonly root: string;
  write(files: Readonly<Record<string, string>>): Promise<void>;
}

const SPEC = `openapi: 3.1.0
paths:
  /spookify:
    post:
      requestBody:
        content:
          application/json:
            schema: { type: object, required: [id], properties: { id: { type: string } } }
`;

/** Creates a project with the files that a valid config may name, plus `files`. */
export async function createProject(files: Readonly<Record<string, string>> = {}): Promise<TestProject> {
  const root = await realpath(await mkdtemp(path.join(tmpdir(), 'spooky-config-')));
  const project: TestProject = {
    root,
    write: async (more) => {
      for (const [name, text] of Object.entries(more)) {
        await mkdir(path.dirname(path.join(root, name)), { recursive: true });
        await writeFile(path.join(root, name), text);
      }
    },
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
  await project.write({
    'schema/schema.surql': '',
    'schema/outbox/api.surql': '',
    'openapi.yaml': SPEC,
    'package.json': '{ "scripts": { "dev": "true" } }',
    'web/package.json': '{ "scripts": { "dev": "true", "build": "true" } }',
    ...files,
  });
  return project;
}
