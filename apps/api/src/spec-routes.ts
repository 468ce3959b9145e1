import { createPayloadValidator, loadRoutes, type PayloadVerdict, routePath } from '@spookify/config';
import type { FastifyInstance, RouteHandlerMethod } from 'fastify';
import { ApiError, StartError } from './errors.ts';

/** The handler of each route, by its path in the OpenAPI spec. */
export type Handlers = Readonly<Record<string, RouteHandlerMethod>>;

/**
 * Adds every route of the OpenAPI spec. Payloads are checked against the spec with the validator that the runner uses
 * before it calls. Spec and code must name the same routes.
 *
 * @throws StartError `SPOOKY_API_ROUTES` for a route without a handler or a handler without a route; ConfigError for an
 * invalid spec
 */
export async function addSpecRoutes(app: FastifyInstance, specFile: string, handlers: Handlers): Promise<void> {
  const routes = await loadRoutes(specFile);
  const issues = [
    ...Object.keys(routes)
      .filter((path) => !Object.hasOwn(handlers, path))
      .map((path) => `${path} is in ${specFile} but has no handler; write one or remove the path from the spec`),
    ...Object.keys(handlers)
      .filter((path) => !Object.hasOwn(routes, path))
      .map((path) => `${path} has a handler but is not in ${specFile}; add it to the spec as a POST with a JSON body`),
  ];
  if (issues.length > 0) throw new StartError('SPOOKY_API_ROUTES', issues);

  app.setValidatorCompiler(({ schema }) => {
    const check: (payload: unknown) => PayloadVerdict = createPayloadValidator(
      schema as Parameters<typeof createPayloadValidator>[0],
    );
    return (payload: unknown) => {
      const verdict = check(payload);
      if (verdict.ok) return { value: payload };
      return {
        error: new ApiError('SPOOKY_API_PAYLOAD_INVALID', {
          message: `The payload does not match the spec: ${verdict.reason}.`,
        }),
      };
    };
  });
  for (const [path, handler] of Object.entries(handlers)) {
    app.post(patternOf(path), { schema: { body: routes[path]?.request ?? {} } }, handler);
  }
}

/** The pattern with which Fastify finds a path of the spec. It decodes addresses, and `:` starts a parameter. */
function patternOf(path: string): string {
  const called = routePath(path);
  return called.kind === 'callable' ? called.text.replaceAll(':', '::') : path;
}
