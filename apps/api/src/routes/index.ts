import { type JobRouteParts, jobRoute } from '../jobs/job-route.ts';
import type { Handlers } from '../spec-routes.ts';
import { type SpookifyParts, spookify } from './spookify.ts';

/** The parts that the routes need. */
export type RouteParts = JobRouteParts & SpookifyParts;

/** The handler of each route of openapi.yaml. */
export function routesOf(parts: RouteParts): Handlers {
  return {
    '/spookify': jobRoute(parts, spookify(parts)),
    // spooky add route: new routes come before this line
  };
}
