import path from 'node:path';
import { type BackendEntry, backendEntry, configWithBackend, readEditable, specOfRoute } from '@spookify/config';
import { newOutboxFile } from '@spookify/runner/outbox';
import { displayPath } from '../../dev/display-path.ts';
import { extendEnvFile } from '../../env-file.ts';
import { CliError } from '../../errors.ts';
import { type GeneratedFile, runGenerate } from '../../generate/generate.ts';
import { loadWithoutTokens } from '../../load-without-tokens.ts';
import { pathInConfig } from '../../outbox/add.ts';
import { outboxOf } from '../../outbox/outboxes.ts';
import type { ProjectOptions } from '../../project.ts';
import { passwordVariable, randomSecret, tokenVariable } from '../../secrets.ts';
import { type Write, writeAll } from '../write-all.ts';
import { appFiles, FIRST_ROUTE } from './app-files.ts';
import { freePort } from './free-port.ts';
import { refuseTaken } from './refuse-taken.ts';
import { installedVersion, readWorkspace, type Workspace } from './workspace.ts';

export interface NewBackend {
  readonly name: string;
  /** Default: the first free one from 3661. */
  readonly port?: number;
  /** As in sp00ky.yml: what starts a backend whose code is not to be written. Default: a Fastify backend is written. */
  readonly dev?: string;
}

export interface AddedBackend {
  readonly backend: string;
  /** Its one route. */
  readonly path: string;
  readonly baseUrl: string;
  /** Files that were written or changed, as absolute paths. */
  readonly files: readonly string[];
  /** The secrets that were made, by name. Their values are in `.env`. */
  readonly made: readonly string[];
  /** What is left to do by hand. */
  readonly left: readonly string[];
}

/** The versions of a project that has none installed. */
const FASTIFY = '5.12.8';
const BEARER_AUTH = '10.1.3';

/**
 * Adds a backend with one route: its entry in sp00ky.yml, spec, outbox, code, secrets, and the generated types. Changes nothing
 * unless all of it can be written.
 *
 * @throws CliError SPOOKY_CLI_BAD_ARGUMENT, SPOOKY_CLI_FILE_EXISTS, SPOOKY_CLI_PORT_TAKEN; ConfigError when the project is wrong
 */
export async function addBackend(
  { name, port: wanted, dev }: NewBackend,
  options: ProjectOptions,
): Promise<AddedBackend> {
  const load = { ...(options.file !== undefined && { file: options.file }), env: options.env };
  const outbox = await outboxOf(name, load);
  const config = await loadWithoutTokens(load);
  const { root } = config;
  const app = path.join(root, 'apps', name);
  const workspace = await readWorkspace(root);
  await refuseTaken({ config, outbox, app, workspace });

  const port = await freePort(config, wanted);
  const entry: BackendEntry = {
    ...{ name, baseUrl: `http://127.0.0.1:${port}`, spec: `./apps/${name}/openapi.yaml` },
    ...{ tokenVariable: tokenVariable(name), table: outbox.table, outbox: pathInConfig(root, outbox.file) },
    dev: dev ?? `{ type: npm, script: dev, workdir: ./apps/${name} }`,
  };
  const code = dev === undefined ? appFiles({ ...(await packageOf(root, workspace, name)), port }) : {};
  const created = (file: string, text: string): Write => ({ file, text, isNew: true });
  const writes = [
    created(path.join(app, 'openapi.yaml'), specOfRoute(name, FIRST_ROUTE, 'echo')),
    ...Object.entries(code).map(([file, text]) => created(path.join(app, file), text)),
    created(outbox.file, newOutboxFile(outbox)),
    // The last: a running `spooky dev` takes up the backend as soon as it is entered.
    { file: config.file, text: await withEntry(config.file, entry), isNew: false },
  ];
  const undo = await writeAll(writes);
  let types: GeneratedFile[] = [];
  try {
    types = await runGenerate(await loadWithoutTokens(load));
    const secrets = [entry.tokenVariable, passwordVariable(name)].filter((one) => !options.env[one]);
    const { added } = await extendEnvFile(path.join(root, '.env'), secrets, randomSecret);
    // A running `spooky dev` may have written them first.
    const generated = types.map(({ file }) => file);
    return {
      ...{ backend: name, path: FIRST_ROUTE, baseUrl: entry.baseUrl, made: added },
      files: [...writes.map(({ file }) => file), ...generated],
      left: [dev === undefined ? 'run npm install, which links the new package' : codeLeft(name)],
    };
  } catch (error) {
    await undo();
    if (types.length > 0) await runGenerate(config);
    throw error;
  }
}

async function withEntry(file: string, entry: BackendEntry): Promise<string> {
  const before = await readEditable(file);
  const text = configWithBackend(before.text, entry);
  if (text !== 'there' && text !== 'unsupported') return before.restore(text);
  const message = `${displayPath(file)} has no backends in block style, or --dev is no YAML on one line; nothing was written. The entry would be:\n\n${backendEntry(entry)}`;
  throw new CliError('SPOOKY_CLI_BAD_ARGUMENT', message);
}

async function packageOf(root: string, workspace: Workspace, name: string) {
  return {
    name: workspace.nameOf(name),
    fastify: (await installedVersion(root, 'fastify')) ?? FASTIFY,
    bearerAuth: (await installedVersion(root, '@fastify/bearer-auth')) ?? BEARER_AUTH,
  };
}

function codeLeft(name: string): string {
  return `write the code of POST ${FIRST_ROUTE} in apps/${name}; it listens on HOST and PORT and checks SPOOKY_AUTH_TOKEN`;
}
