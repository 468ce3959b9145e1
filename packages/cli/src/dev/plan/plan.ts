import type { BackendConfig, DevCommand } from '@spookify/config';
import { runnerBackends, runnerHttp, runnerSchedules } from '@spookify/runner/backends';
import type { Readiness } from '@spookify/supervisor';
import { gatewayBackends, projectName } from '../../gateway-options.ts';
import { readOrigins } from '../../origins.ts';
import type { DatabasePayload } from '../../processes/database.ts';
import type { GatewayPayload } from '../../processes/gateway-payload.ts';
import { type RunnerPayload, toPayload } from '../../processes/runner-payload.ts';
import type { Project } from '../../project.ts';
import { GATEWAY_KEY, GATEWAY_USER, passwordVariable, RUNNER_USER } from '../../secrets.ts';
import { commandEnvironment } from './command-environment.ts';
import { type Command, commandOf } from './dev-command.ts';
import type { DevFiles } from './dev-files.ts';
import { addressOf, type Placement } from './placement.ts';
import { type Startup, startupOf } from './startup.ts';

/** The dev command of a backend or the front end. */
export interface PlannedCommand {
  /** Such as `backend.api.dev` or `frontend.dev`. */
  readonly name: string;
  /** The name of the reserved port to release before it starts. */
  readonly port: string;
  readonly command: Command;
  readonly ready: Readiness;
  readonly startup: Startup;
  /** Files that it may read when it starts. An edit of one restarts it. */
  readonly reads: readonly string[];
}

/** Everything that `spooky dev` runs: first the database, then the rest at the same time. */
export interface Plan {
  /** Absent if the database is external. */
  readonly database?: DatabasePayload;
  readonly runner: RunnerPayload;
  readonly gateway: GatewayPayload;
  readonly commands: readonly PlannedCommand[];
}

export const DATABASE = 'database';
export const RUNNER = 'runner';
export const GATEWAY = 'gateway';
const PREPARATION = '.prepare';

/** The supervisor's kind for programs that run before a command, such as `docker build`. */
export function preparationOf(command: string): string {
  return `${command}${PREPARATION}`;
}

/** The name in the output. A preparation has the name of the command that it prepares. */
export function displayName(kind: string): string {
  return kind.endsWith(PREPARATION) ? kind.slice(0, -PREPARATION.length) : kind;
}

/** Plans the processes of a project, each with exactly the variables and secrets that it needs. Pure. */
export function planOf(
  { config, env }: Project,
  placement: Placement,
  { envFiles, pnpmFolders }: DevFiles,
  color: boolean,
): Plan {
  const { surrealdb, frontend, root } = config;
  const { namespace, database } = surrealdb;
  // Children write to a pipe, so they cannot detect a terminal. FORCE_COLOR=0 also works for programs that ignore NO_COLOR.
  const colorVariables = { FORCE_COLOR: color ? env.FORCE_COLOR || '1' : '0' };

  const service = (user: string) => ({
    SPOOKY_DATABASE_URL: placement.database,
    SPOOKY_NAMESPACE: namespace,
    SPOOKY_DATABASE: database,
    SPOOKY_DATABASE_USER: user,
    SPOOKY_DATABASE_PASSWORD: env[passwordVariable(user)] ?? '',
  });
  const command = (dev: DevCommand, name: string, url: string, injected: Record<string, string>, backend?: string) => {
    const { host, port } = addressOf(url);
    const envFile = dev.type === 'shell' ? undefined : dev.envFile;
    return commandOf(dev, {
      root,
      name,
      port,
      inherited: commandEnvironment(config, env, backend),
      pnpmFolders,
      fromFile: (envFile === undefined ? undefined : envFiles.get(envFile)) ?? {},
      injected: { ...colorVariables, HOST: host, PORT: String(port), ...injected },
    });
  };
  const envFileOf = (dev: DevCommand) => (dev.type === 'shell' || dev.envFile === undefined ? [] : [dev.envFile]);
  const backendCommand = ({ name, dev, auth, baseUrl, spec }: BackendConfig): PlannedCommand[] => {
    if (dev === undefined) return [];
    const url = placement.backends[name] ?? baseUrl;
    const token: Record<string, string> = auth === undefined ? {} : { SPOOKY_AUTH_TOKEN: auth.token.reveal() };
    return [
      {
        name: `backend.${name}.dev`,
        port: `backend.${name}`,
        command: command(dev, name, url, { ...service(name), ...token, SPOOKY_BACKEND: name }, name),
        ready: { type: 'port', ...addressOf(url) },
        startup: startupOf(dev, `backends.${name}.dev`, config.file),
        reads: [spec, ...envFileOf(dev)],
      },
    ];
  };
  const frontendCommand = (): PlannedCommand[] => {
    if (frontend === undefined || placement.web === undefined) return [];
    return [
      {
        name: 'frontend.dev',
        port: 'web',
        command: command(frontend.dev, 'frontend', placement.web, { SPOOKY_GATEWAY_URL: placement.gateway }),
        ready: { type: 'http', url: placement.web },
        startup: startupOf(frontend.dev, 'frontend.dev', config.file),
        reads: envFileOf(frontend.dev),
      },
    ];
  };

  const connection = (username: string) => ({
    ...{ url: placement.database, namespace, database, username },
    password: env[passwordVariable(username)] ?? '',
  });
  const http = runnerHttp(config);
  return {
    ...(surrealdb.hosting === 'embedded' && {
      database: {
        storage: surrealdb.path === 'memory' ? { type: 'memory' } : { type: 'rocksdb', path: surrealdb.path },
        ...addressOf(placement.database),
        root: { username: env.SURREAL_USER ?? 'root', password: env.SURREAL_PASS ?? '' },
      },
    }),
    runner: toPayload(
      connection(RUNNER_USER),
      http && { ...http, port: placement.runnerPort ?? http.port ?? 0 },
      runnerBackends(config).map((backend) => ({
        ...backend,
        baseUrl: placement.backends[backend.name] ?? backend.baseUrl,
      })),
      runnerSchedules(config),
    ),
    gateway: {
      database: connection(GATEWAY_USER),
      tokenKey: env[GATEWAY_KEY] ?? '',
      http: addressOf(placement.gateway),
      status: { port: placement.gatewayStatusPort },
      origins: [...originsOf(placement.web), ...readOrigins([], env.SPOOKY_ORIGINS)],
      backends: gatewayBackends(config),
      project: projectName(config),
    },
    commands: [...Object.values(config.backends).flatMap(backendCommand), ...frontendCommand()],
  };
}

/** The origins of the front end on this machine. People open `localhost` or the address. */
function originsOf(web: string | undefined): string[] {
  if (web === undefined) return [];
  const { protocol, port } = new URL(web);
  return ['127.0.0.1', 'localhost'].map((host) => new URL(`${protocol}//${host}:${port}`).origin);
}

/** The names of the plan's processes, in the order of their start. */
export function processNames(plan: Plan): string[] {
  return [
    ...(plan.database === undefined ? [] : [DATABASE]),
    RUNNER,
    GATEWAY,
    ...plan.commands.map(({ name }) => name),
  ];
}
