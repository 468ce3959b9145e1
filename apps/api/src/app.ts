import bearerAuth from '@fastify/bearer-auth';
import type { Secret } from '@spookify/config';
import Fastify, { type FastifyBaseLogger, type FastifyError, type FastifyInstance } from 'fastify';
import type { Database } from './database.ts';
import { drainOnClose } from './drain.ts';
import { ApiError } from './errors.ts';
import { addHealth, HEALTH_PATH } from './routes/health.ts';
import { addSpecRoutes, type Handlers } from './spec-routes.ts';

/** The parts of the server. */
export interface AppParts {
  token: Secret;
  /** The OpenAPI spec. It defines the payload of every route. */
  specFile: string;
  /** The handler of each route of the spec. */
  routes: Handlers;
  database: Pick<Database, 'isReachable'>;
  logger: FastifyBaseLogger;
}

/** Payloads contain record ids and short texts, so a much larger body is a mistake. */
const LARGEST_BODY = 64 * 1024;

/**
 * Creates the HTTP server; the caller starts to listen. Every request except `GET /health` needs the bearer token, even for
 * a path that does not exist.
 *
 * @throws StartError if the spec and the code do not name the same routes
 */
export async function createApp(parts: AppParts): Promise<FastifyInstance> {
  const { logger, database } = parts;
  const app: FastifyInstance = Fastify({
    loggerInstance: logger,
    bodyLimit: LARGEST_BODY,
    // The validator of payloads decides about such names, here as in the runner.
    onProtoPoisoning: 'ignore',
    onConstructorPoisoning: 'ignore',
    // drainOnClose answers these requests, in the same form as all other errors.
    return503OnClosing: false,
  });
  drainOnClose(app);
  // Text would reach the validator as a string, whose error would hide that the header is wrong.
  app.removeContentTypeParser('text/plain');

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

/** Converts an error of Fastify. The error's own message is not used, because it can quote the request. */
function apiErrorOf(error: FastifyError): ApiError {
  const status = error.statusCode ?? 500;
  if (status === 413) return new ApiError('SPOOKY_API_BODY_TOO_LARGE', { cause: error });
  if (status >= 400 && status < 500) return new ApiError('SPOOKY_API_REQUEST_MALFORMED', { cause: error });
  return new ApiError('SPOOKY_API_INTERNAL', { cause: error });
}
