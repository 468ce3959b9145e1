import path from 'node:path';
import type {
  BackendConfig,
  DatabaseConfig,
  DevCommand,
  RunnerConfig,
  ScheduleConfig,
  SpookyConfig,
} from './config.ts';
import type { Route } from './openapi.ts';
import type { References } from './references.ts';
import type { ConfigFile } from './schema.ts';

type WrittenDev = NonNullable<ConfigFile['frontend']>['dev'];
type WrittenBackend = ConfigFile['backends'][string];
type WrittenSchedule = ConfigFile['schedules'][string];

/** Converts the validated file into the config: absolute paths, and the routes of each backend. */
export function resolveConfig(
  file: string,
  written: ConfigFile,
  { routes, warnings }: Pick<References, 'routes' | 'warnings'>,
): SpookyConfig {
  const root = path.dirname(file);
  const absolute = (relative: string): string => path.resolve(root, relative);
  const backends = Object.entries(written.backends).map(([name, backend]): [string, BackendConfig] => [
    name,
    resolveBackend(name, backend, routes.get(name) ?? {}, absolute),
  ]);
  return {
    file,
    root,
    mode: written.mode,
    surrealdb: resolveDatabase(written.surrealdb, absolute),
    schema: absolute(written.schema),
    clientTypes: written.clientTypes.map(({ format, output }) => ({ format, output: absolute(output) })),
    runner: resolveRunner(written.runner),
    ...(written.frontend && { frontend: { dev: resolveDev(written.frontend.dev, absolute) } }),
    backends: Object.fromEntries(backends),
    schedules: Object.fromEntries(
      Object.entries(written.schedules).map(([name, schedule]) => [name, resolveSchedule(name, schedule)]),
    ),
    warnings,
  };
}

function resolveDatabase(written: ConfigFile['surrealdb'], absolute: (path: string) => string): DatabaseConfig {
  const { namespace, database } = written;
  if (written.hosting === 'external') {
    return {
      namespace,
      database,
      hosting: 'external',
      endpoint: written.endpoint,
      ...(written.username !== undefined && { username: written.username }),
      ...(written.password !== undefined && { password: written.password }),
    };
  }
  const place = written.path === 'memory' ? 'memory' : absolute(written.path);
  return { namespace, database, hosting: 'embedded', path: place };
}

function resolveRunner({ host, port, publicUrl }: ConfigFile['runner']): RunnerConfig {
  return { host, port, ...(publicUrl !== undefined && { publicUrl: publicUrl.replace(/\/+$/, '') }) };
}

function resolveBackend(
  name: string,
  written: WrittenBackend,
  routes: Readonly<Record<string, Route>>,
  absolute: (path: string) => string,
): BackendConfig {
  return {
    name,
    type: written.type,
    baseUrl: written.baseUrl.replace(/\/+$/, ''),
    spec: absolute(written.spec),
    routes,
    ...(written.auth && { auth: written.auth }),
    method: { ...written.method, schema: absolute(written.method.schema) },
    ...(written.dev !== undefined && { dev: resolveDev(written.dev, absolute) }),
  };
}

function resolveSchedule(
  name: string,
  { cron, timezone = 'UTC', every, backend, route, payload, concurrency }: WrittenSchedule,
): ScheduleConfig {
  return {
    name,
    timing: cron === undefined ? { everyMs: every ?? 0 } : { cron, timezone },
    backend,
    route,
    // Objects read from YAML have no prototype, which some encoders reject.
    payload: structuredClone(payload),
    concurrency,
  };
}

function resolveDev(written: WrittenDev, absolute: (path: string) => string): DevCommand {
  if (typeof written === 'string') return { type: 'shell', command: written };
  const { startupTimeout } = written;
  const timeout = startupTimeout !== undefined && { startupTimeout };
  if (written.type === 'shell') return { type: 'shell', command: written.command, ...timeout };
  const workdir = absolute(written.workdir ?? '.');
  const envFile = written['env-file'];
  const shared = { workdir, ...(envFile !== undefined && { envFile: absolute(envFile) }), ...timeout };
  if (written.type === 'docker') {
    const { type, file, port, env } = written;
    return { type, file: absolute(file), env: env ?? {}, ...(port !== undefined && { port }), ...shared };
  }
  return { type: written.type, script: written.script, ...shared };
}
