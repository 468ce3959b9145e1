import type { JobRouteParts } from '../jobs/job-route.ts';
import type { RouteParts } from '../routes/index.ts';

/** What the routes work with besides the database, for tests of a route that needs none of it. */
export const routeParts: Omit<RouteParts, keyof JobRouteParts> = {};
