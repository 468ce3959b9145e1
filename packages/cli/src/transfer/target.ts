import { findDatabaseUrl } from '../database-url.ts';
import { CliError } from '../errors.ts';
import type { OwnerTarget } from '../owner-connection.ts';
import { type Environment, openProjectWithoutTokens, type Project, type ProjectOptions } from '../project.ts';
import { GATEWAY_KEY } from '../secrets.ts';

/** The database of an import or export, as given on the command line or by the environment. */
export interface TargetOptions {
  readonly endpoint?: string;
  readonly user?: string;
  readonly pass?: string;
  readonly ns?: string;
  readonly db?: string;
  /** The level on which the user is defined. Default: `root`. */
  readonly authLevel: 'root' | 'namespace' | 'database';
}

export interface Target {
  /** The URL of the server, such as `http://127.0.0.1:3666/`. */
  readonly base: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** The same database and user, for a connection over WebSocket. */
  readonly connection: OwnerTarget;
  /** SPOOKY_GATEWAY_KEY, if it is set. */
  readonly tokenKey?: string;
}

/**
 * Finds the database to import to or export from. The project supplies the options that are not given: its endpoint or running
 * `spooky dev`, its owner, namespace and database. If all options are given, no project is needed.
 *
 * @throws CliError `SPOOKY_CLI_BAD_ARGUMENT`, `SPOOKY_CLI_MISSING_SECRET` or `SPOOKY_CLI_DATABASE_UNREACHABLE`
 */
export async function findTarget(options: TargetOptions, projectOptions: ProjectOptions): Promise<Target> {
  const { endpoint, user, pass, ns, db } = options;
  if (endpoint && user && pass && ns && db) {
    return target(endpoint, user, pass, ns, db, options.authLevel, projectOptions.env);
  }
  const project = await openProjectWithoutTokens(projectOptions);
  const { surrealdb } = project.config;
  const owner = ownerOf(project);
  const password = pass || owner.password;
  if (!password) {
    throw new CliError(
      'SPOOKY_CLI_MISSING_SECRET',
      'SURREAL_PASS is not set; give --pass, put it into .env, or run spooky dev, which generates one.',
    );
  }
  return target(
    endpoint || (await endpointOf(project)),
    user || owner.username,
    password,
    ns || surrealdb.namespace,
    db || surrealdb.database,
    options.authLevel,
    project.env,
  );
}

function ownerOf({ config: { surrealdb }, env }: Project): { username: string; password: string | undefined } {
  const { username, password } =
    surrealdb.hosting === 'external'
      ? { username: surrealdb.username, password: surrealdb.password?.reveal() }
      : { username: env.SURREAL_USER, password: env.SURREAL_PASS };
  return { username: username || 'root', password };
}

async function endpointOf(project: Project): Promise<string> {
  const url = await findDatabaseUrl(project);
  if (url) return url;
  throw new CliError(
    'SPOOKY_CLI_DATABASE_UNREACHABLE',
    'No spooky dev is running on this data; start it, or give the server to use as --endpoint.',
  );
}

function target(
  endpoint: string,
  username: string,
  password: string,
  namespace: string,
  database: string,
  authLevel: TargetOptions['authLevel'],
  env: Environment,
): Target {
  const where = {
    ...(authLevel === 'root' ? {} : { 'surreal-auth-ns': namespace }),
    ...(authLevel === 'database' ? { 'surreal-auth-db': database } : {}),
  };
  const credentials = Buffer.from(`${username}:${password}`).toString('base64');
  const headers = { authorization: `Basic ${credentials}`, 'surreal-ns': namespace, 'surreal-db': database, ...where };
  const base = baseOf(endpoint);
  const url = new URL('rpc', base);
  url.protocol = base.protocol === 'https:' ? 'wss:' : 'ws:';
  return {
    ...{ base, headers },
    connection: { url: url.href, namespace, database, username, password },
    ...(env[GATEWAY_KEY] ? { tokenKey: env[GATEWAY_KEY] } : {}),
  };
}

/** The HTTP URL of a server, from its HTTP or WebSocket URL. */
function baseOf(endpoint: string): URL {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  const scheme = { 'http:': 'http:', 'ws:': 'http:', 'https:': 'https:', 'wss:': 'https:' }[url?.protocol ?? ''];
  if (url === undefined || scheme === undefined) {
    const message = `${endpoint} is not the URL of a server; write for example http://127.0.0.1:3666.`;
    throw new CliError('SPOOKY_CLI_BAD_ARGUMENT', message);
  }
  return new URL(url.pathname.replace(/\/(rpc)?$/, '/'), `${scheme}//${url.host}`);
}
