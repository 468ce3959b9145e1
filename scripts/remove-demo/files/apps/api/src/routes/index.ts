import type { JobRouteParts } from '../jobs/job-route.ts';
import type { Handlers } from '../spec-routes.ts';

/** The parts that the routes need. */
export type RouteParts = JobRouteParts;

/** The handler of each route of openapi.yaml. */
export function routesOf(_parts: RouteParts): Handlers {
  return {
    // spooky add route: new routes come before this line
  };
}
