import { createGateway } from '@spookify/gateway';
import type { Logger } from 'pino';
import { parseBind } from '../bind.ts';
import { gatewayBackends, projectName, readTokenKey } from '../gateway-options.ts';
import { logLevelOf } from '../log-level.ts';
import { listOf, readOrigins } from '../origins.ts';
import type { Project } from '../project.ts';
import { gatewayDatabase } from '../service-database.ts';
import { exitCodeOf, onStopSignals } from '../signals.ts';

export interface RunGatewayOptions {
  /** `HOST:PORT`. */
  readonly bind: string;
  /** `HOST:PORT` of the status server, or `off`. */
  readonly statusBind: string;
  /** The origins of the web apps that may use the gateway. Default: SPOOKY_ORIGINS. */
  readonly allowOrigin: readonly string[];
  /** The addresses of proxies on other machines whose X-Forwarded-For is trusted. Default: SPOOKY_TRUSTED_PROXIES. */
  readonly trustProxy: readonly string[];
  readonly logger: Logger;
}

/**
 * Runs a gateway in the foreground, as in production, until a signal stops it.
 *
 * @returns the exit code: 0
 * @throws CliError `SPOOKY_CLI_BAD_ARGUMENT`, `SPOOKY_CLI_MISSING_SECRET` or `SPOOKY_CLI_DATABASE_UNREACHABLE`
 */
export async function runGateway(
  project: Project,
  { bind, statusBind, allowOrigin, trustProxy, logger }: RunGatewayOptions,
): Promise<number> {
  logger.level = logLevelOf(project.env);
  const origins = readOrigins(allowOrigin, project.env.SPOOKY_ORIGINS);
  if (origins.length === 0) {
    logger.warn('no web app may use this gateway; set its origin with --allow-origin or SPOOKY_ORIGINS');
  }
  const gateway = createGateway({
    http: {
      ...parseBind(bind, '127.0.0.1:3668'),
      trustedProxies: listOf(trustProxy, project.env.SPOOKY_TRUSTED_PROXIES),
    },
    ...(statusBind !== 'off' && { status: parseBind(statusBind, '127.0.0.1:3655') }),
    origins,
    tokenKey: readTokenKey(project.env),
    database: await gatewayDatabase(project),
    backends: gatewayBackends(project.config),
    project: projectName(project.config),
    logger,
  });
  const stopped = Promise.withResolvers<void>();
  const detach = onStopSignals({ first: () => stopped.resolve(), again: (signal) => process.exit(exitCodeOf(signal)) });
  try {
    await Promise.race([gateway.start(), stopped.promise]);
    await stopped.promise;
  } finally {
    await gateway.stop();
    detach();
  }
  return 0;
}
