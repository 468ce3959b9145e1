/**
 * The backend as a program: `node --enable-source-maps dist/main.js`. It reads its settings from the environment and
 * listens. On SIGTERM or SIGINT it finishes the requests in progress within a time limit; a second signal ends it at once.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { ConfigError } from '@spookify/config';
import { createSupervisor } from '@spookify/supervisor';
import { pino } from 'pino';
import { createApp } from './app.ts';
import { connectDatabase } from './database.ts';
import { ApiError, StartError } from './errors.ts';
import { WRONG_ENVIRONMENT } from './exit-code.ts';
import { createGeneration, DEFAULT_LIMITS } from './generation.ts';
import { routesOf } from './routes/index.ts';
import { parseSettings, publishedValues } from './settings.ts';
import { proxyEnvironment } from './writers/proxy-environment.ts';
import { parseWriterSettings } from './writers/writer-settings.ts';

/** Requests in progress get this long before they are answered with a 503. A supervisor kills after 5 s by default. */
const DRAIN_MS = 3_500;
const LAST_RESORT_MS = 4_500;

const packageRoot = path.resolve(import.meta.dirname, '..');
const specFile = path.resolve(process.env.SPOOKY_API_SPEC || path.join(packageRoot, '../../openapi.yaml'));

async function start(): Promise<void> {
  // npm scripts use the project's own Node. The Node on the PATH may be older and would fail with misleading errors.
  if (Number.parseInt(process.versions.node, 10) < 22) {
    const remedy = 'start it with `npm start --workspace apps/api`, or use Node 22.18 or later';
    throw new StartError('SPOOKY_API_SETTINGS', [`Node ${process.versions.node} is too old; ${remedy}`]);
  }
  const example = await readFile(path.join(path.dirname(specFile), '.env.example'), 'utf8').catch(() => '');
  const { writer, issues } = parseWriterSettings(process.env);
  const settings = parseSettings(process.env, publishedValues(example), issues);
  const logger = pino({ level: settings.logLevel });
  const stopping = new AbortController();
  const supervisor = createSupervisor({ root: packageRoot, scope: { type: 'operator' } });
  const database = connectDatabase(settings.database, logger);
  const generation = createGeneration({
    supervisor,
    entry: 'dist/processes/writer.js',
    writer,
    env: proxyEnvironment(process.env),
    limits: DEFAULT_LIMITS,
    logger,
  });

  const routes = routesOf({ database, generation, stopping: stopping.signal });
  const app = await createApp({ token: settings.token, specFile, routes, database, logger });
  await app.listen({ host: settings.host, port: settings.port });
  void generation.warmUp();
  logger.info({ writer: writer.kind === 'offline' ? 'offline' : writer.model }, 'ready for jobs');
  process.send?.('listening');

  let signals = 0;
  const stop = async (reason: string): Promise<void> => {
    if (++signals > 1) process.exit(1);
    logger.info({ reason }, 'stopping');
    setTimeout(() => stopping.abort(new ApiError('SPOOKY_API_STOPPING')), DRAIN_MS).unref();
    setTimeout(() => process.exit(1), LAST_RESORT_MS).unref();
    await app.close();
    await Promise.all([supervisor.close({ timeoutMs: 500 }), database.close()]);
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal));
  // Only when `npm run dev` started it: without its parent it has no purpose.
  if (process.connected) process.on('disconnect', () => void stop('the parent process ended'));
}

start().catch((error: unknown) => {
  const expected = error instanceof StartError || error instanceof ConfigError || isListenError(error);
  console.error(expected ? (error as Error).message : error);
  process.exit(isOfEnvironment(error) ? WRONG_ENVIRONMENT : 1);
});

function isOfEnvironment(error: unknown): boolean {
  return isListenError(error) || (error instanceof StartError && error.code === 'SPOOKY_API_SETTINGS');
}

/** Whether a port is taken or not allowed. The message is sufficient; a stack trace would hide it. */
function isListenError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && error.syscall === 'listen';
}
