import { expect, it } from 'vitest';
import { routeNames } from './names.ts';
import { ROUTES_MARK, withRoute } from './route-files.ts';

it('adds the first route to an empty list, with the function that makes it one', () => {
  const empty = `import type { JobRouteParts } from '../jobs/job-route.ts';
import type { Handlers } from '../spec-routes.ts';

export function routesOf(_parts: JobRouteParts): Handlers {
  return {
    ${ROUTES_MARK}
  };
}
`;
  const once = withRoute(empty, routeNames('/sum-up'));
  expect(once).toBe(`import { type JobRouteParts, jobRoute } from '../jobs/job-route.ts';
import type { Handlers } from '../spec-routes.ts';
import { sumUp } from './sum-up.ts';

export function routesOf(parts: JobRouteParts): Handlers {
  return {
    '/sum-up': jobRoute(parts, sumUp()),
    ${ROUTES_MARK}
  };
}
`);
  const twice = withRoute(once ?? '', routeNames('/translate'));
  expect(twice?.match(/jobRoute\(parts, /g)).toHaveLength(2);
  expect(withRoute(twice ?? '', routeNames('/translate'))).toBeUndefined();
});
