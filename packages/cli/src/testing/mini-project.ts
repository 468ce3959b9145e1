import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { FIXTURE_OUTBOX, FIXTURE_SCHEMA, FIXTURE_SPEC } from './fixture.ts';

/** A server that answers every request. `/crash` ends it, `/env` returns its environment. */
const SERVER = `
  import { createServer } from 'node:http';
  createServer((request, response) => {
    if (request.url === '/crash') process.exit(3);
    response.end(JSON.stringify(request.url === '/env' ? process.env : {}));
  }).listen(Number(process.env.PORT), process.env.HOST, () => console.log('listens'));
`;

export interface MiniProject {
  readonly root: string;
  /** Writes a file in one step, because `spooky dev` would count a partly written file as a separate edit. */
  write(file: string, text: string): Promise<void>;
  remove(): Promise<void>;
}

export interface MiniOptions {
  readonly path?: string;
  readonly backendDev?: string;
  readonly frontendDev?: string;
  /** Generate types into schema.gen.ts. */
  readonly types?: boolean;
  /** Text to append to sp00ky.yml. */
  readonly more?: string;
}

/** Creates a small but complete project in a temporary folder: the fixture's schema and spec, one backend, one front end. */
export async function miniProject(options: MiniOptions = {}): Promise<MiniProject> {
  const root = await mkdtemp(path.join(tmpdir(), 'spooky-cli-'));
  const write = async (file: string, text: string) => {
    const place = path.join(root, file);
    await mkdir(path.dirname(place), { recursive: true });
    await writeFile(`${place}.draft`, text);
    await rename(`${place}.draft`, place);
  };
  await write('schema/schema.surql', FIXTURE_SCHEMA);
  await write('schema/outbox/api.surql', FIXTURE_OUTBOX);
  await write('openapi.yaml', FIXTURE_SPEC);
  await write('server.mjs', SERVER);
  await write('sp00ky.yml', configText(options));
  return { root, write, remove: () => rm(root, { recursive: true, force: true }) };
}

function configText({ path: data = '.data/mini', backendDev, frontendDev, types, more = '' }: MiniOptions): string {
  const server = JSON.stringify(`exec "${process.execPath}" server.mjs`);
  return `
mode: singlenode
surrealdb: { namespace: main, database: mini, hosting: embedded, path: ${data} }
schema: ./schema
clientTypes: [${types ? '{ format: typescript, output: ./schema.gen.ts }' : ''}]
frontend:
  dev: ${frontendDev ?? server}
backends:
  api:
    type: http
    baseUrl: http://127.0.0.1:3660
    spec: ./openapi.yaml
    auth: { type: token, token: "\${API_AUTH_TOKEN}" }
    method: { type: outbox, table: job, schema: ./schema/outbox/api.surql }
    dev: ${backendDev ?? server}
${more}`;
}
