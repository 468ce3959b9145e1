/** The recorded project: the application of the engine's tests, a small backend and a small front end. */
import { rename } from 'node:fs/promises';
import path from 'node:path';
import { type MiniProject, miniProject } from '../../packages/cli/src/testing/mini-project.ts';

export const CONFIG = `surrealdb: { database: demo, path: .data/demo }
schema: ./schema

frontend:
  dev: node web.mjs

backends:
  api:
    type: http
    baseUrl: http://127.0.0.1:3660
    spec: ./openapi.yaml
    auth: { type: token, token: "\${API_AUTH_TOKEN}" }
    method:
      type: outbox
      table: job
      schema: ./schema/outbox/api.surql
    dev: node api.mjs
`;

/** Returns the config with a time limit for each attempt. `key` is the name of the setting. */
export function configWithLimit(key: string): string {
  return CONFIG.replace('      table: job\n', `      table: job\n      ${key}: 30000\n`);
}

/** A config with every kind of mistake that can be found by reading files. */
export const WRONG_CONFIG = CONFIG.replace('schema: ./schema\n', 'shema: ./schema\n')
  .replace('path: .data/demo', 'hosting: embeded')
  .replace('baseUrl: http:', 'baseUrl: htp:')
  .replace('./openapi.yaml', './openapi.yml')
  .replace('type: outbox', 'type: outbx');

const API = `
  import { createServer } from 'node:http';
  import { json } from 'node:stream/consumers';
  const { HOST, PORT } = process.env;
  createServer(async (request, response) => {
    if (request.url === '/crash') {
      console.error('Error: the attic fell in');
      process.exit(3);
    }
    const { id } = await json(request);
    const found = id !== 'thread:crypt';
    console.log(\`POST \${request.url} \${id} \${found ? 200 : 404}\`);
    response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(found ? { writer: 'offline' } : { message: \`There is no \${id}.\` }));
  }).listen(PORT, HOST, () => console.log(\`listening on http://\${HOST}:\${PORT}\`));
  process.on('SIGTERM', () => {
    console.log('closing');
    process.exit();
  });
`;

/** A front end that ends on SIGTERM, unless it is stubborn. */
function web(stubborn: boolean): string {
  const answer = stubborn ? `console.log('not now')` : `{ console.log('closing'); process.exit(); }`;
  return `
    import { createServer } from 'node:http';
    const { HOST, PORT } = process.env;
    createServer((_request, response) => response.end('boo'))
      .listen(PORT, HOST, () => console.log(\`serving on http://\${HOST}:\${PORT}\`));
    process.on('SIGTERM', () => ${answer});
  `;
}

/** A job that succeeds, one that fails, and one that is due much later. */
const JOBS = `INSERT INTO job [
  { id: job:attic, path: '/spookify', payload: { id: 'thread:attic' }, created_at: d'2026-10-31T20:00:00Z' },
  { id: job:crypt, path: '/spookify', payload: { id: 'thread:crypt' }, created_at: d'2026-10-31T20:01:00Z' },
  { id: job:tower, path: '/spookify', payload: { id: 'thread:tower' }, created_at: d'2026-10-31T20:02:00Z',
    run_at: time::now() + 37h }
] RETURN NONE;
`;

export async function recordedProject(): Promise<MiniProject> {
  const project = await miniProject();
  const files = {
    'sp00ky.yml': CONFIG,
    'wrong.yml': WRONG_CONFIG,
    'api.mjs': API,
    'web.mjs': web(false),
    'jobs.surql': JOBS,
  };
  for (const [file, text] of Object.entries(files)) await project.write(file, text);
  return project;
}

/** Saves a file as an editor does: in one step. */
export async function save({ root, write }: MiniProject, file: string, text: string): Promise<void> {
  await write(`${file}.new`, text);
  await rename(path.join(root, `${file}.new`), path.join(root, file));
}

/** From its next start on, the front end does not end on SIGTERM. */
export function makeStubborn(project: MiniProject): Promise<void> {
  return save(project, 'web.mjs', web(true));
}
