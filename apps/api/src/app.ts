import bearerAuth from '@fastify/bearer-auth';
import type { Secret } from '@spookify/config';
import Fastify, { type FastifyBaseLogger, type FastifyError, type FastifyInstance } from 'fastify';
import type { Database } from './database.ts';
import { drainOnClose } from './drain.ts';
import { ApiError } from './errors.ts';
import { addHealth, HEALTH_PATH } from './routes/health.ts';
import { addSpecRoutes, type Handlers } from './spec-routes.ts';

/** What the server is made of. */
export interface AppParts {
  token: Secret;
  /** The OpenAPI spec, the one source of what a route takes. */
  specFile: string;
  /** The code of each route of the spec. */
  routes: Handlers;
  database: Pick<Database, 'isReachable'>;
  logger: FastifyBaseLogger;
}

/** Payloads name records and carry short texts; everything much larger is a mistake. */
const LARGEST_BODY = 64 * 1024;

/**
 * The HTTP server, not yet listening. Everything but `GET /health` wants the bearer token, also paths that do not exist.
 *
 * @throws StartError when spec and code do not name the same routes
 */
export async function createApp(parts: AppParts): Promise<FastifyInstance> {
  const { logger, database } = parts;
  const app: FastifyInstance = Fastify({
    loggerInstance: logger,
    bodyLimit: LARGEST_BODY,
    // drainOnClose answers these, in the form of all our errors.
    return503OnClosing: false,
  });
  drainOnClose(app);

  await app.register(bearerAuth, { keys: [parts.token.reveal()], addHook: false, verifyErrorLogLevel: 'debug' });
  app.addHook('onRequest', (request, reply, done) => {
    if (request.routeOptions.url === HEALTH_PATH) done();
    else if (app.verifyBearerAuth === undefined) done(new ApiError('SPOOKY_API_UNAUTHORIZED'));
    else app.verifyBearerAuth(request, reply, (error) => done(error && new ApiError('SPOOKY_API_UNAUTHORIZED')));
  });

  app.setErrorHandler((error: FastifyError | ApiError, request, reply) => {
    const answer = error instanceof ApiError ? error : apiErrorOf(error);
    if (answer.statusCode >= 500) request.log.warn({ err: error }, answer.code);
    if (answer.statusCode === 401) reply.header('WWW-Authenticate', 'Bearer');
    if (answer.retryAfterSeconds !== undefined) reply.header('Retry-After', answer.retryAfterSeconds);
    return reply.code(answer.statusCode).send({ code: answer.code, message: answer.message });
  });
  app.setNotFoundHandler(() => {
    throw new ApiError('SPOOKY_API_NO_SUCH_ROUTE');
  });

  addHealth(app, database);
  await addSpecRoutes(app, parts.specFile, parts.routes);
  return app;
}

/** What Fastify itself refuses; its own messages may quote the request. */
function apiErrorOf(error: FastifyError): ApiError {
  const status = error.statusCode ?? 500;
  if (status === 413) return new ApiError('SPOOKY_API_BODY_TOO_LARGE', { cause: error });
  if (status >= 400 && status < 500) return new ApiError('SPOOKY_API_REQUEST_MALFORMED', { cause: error });
  return new ApiError('SPOOKY_API_INTERNAL', { cause: error });
}
