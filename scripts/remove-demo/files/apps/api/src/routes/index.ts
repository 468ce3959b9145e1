import type { JobRouteParts } from '../jobs/job-route.ts';
import type { Handlers } from '../spec-routes.ts';

/** What the routes work with. */
export type RouteParts = JobRouteParts;

/** The code of each route of openapi.yaml. */
export function routesOf(_parts: RouteParts): Handlers {
  return {
    // spooky add route: new routes come before this line
  };
}
