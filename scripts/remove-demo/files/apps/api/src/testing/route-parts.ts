import type { JobRouteParts } from '../jobs/job-route.ts';
import type { RouteParts } from '../routes/index.ts';

/** The parts that the routes need besides the database, for tests of a route that uses none of them. */
export const routeParts: Omit<RouteParts, keyof JobRouteParts> = {};
