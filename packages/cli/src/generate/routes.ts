import type { BackendConfig, Route, SpookyConfig } from '@spookify/config';
import { jsonSchemaType } from './json-schema-type.ts';
import { type Layout, literal, propertyKey, quote, typeBlock } from './layout.ts';

/** The types of each route, by path: `api: { '/spookify': { payload: { id: string }; result: { writer: string } } }`. */
export function backendType(backend: BackendConfig): Layout {
  const routes = sortedRoutes(backend).map((route) => [`${propertyKey(route.path)}: `, routeType(route)]);
  return [`${propertyKey(backend.name)}: `, typeBlock(routes)];
}

/** The result is the backend's JSON answer, or `unknown` if the spec does not describe it. */
function routeType({ request, result = {} }: Route): Layout {
  const takesNoBody = Object.keys(request).length === 0;
  return typeBlock([
    ['payload: ', takesNoBody ? 'Record<string, never>' : jsonSchemaType(request)],
    ['result: ', jsonSchemaType(result)],
  ]);
}

/** The value that the client reads at run time to insert a job. */
export function backendValue(backend: BackendConfig): Layout {
  const routes = literal(sortedRoutes(backend).map(({ path }) => path));
  return [
    `${propertyKey(backend.name)}: `,
    {
      open: '{',
      close: '}',
      separator: ',',
      items: [`table: ${quote(backend.method.table)}`, ['routes: ', routes]],
    },
  ];
}

/** The backends in the order of their names, so that the order in sp00ky.yml does not change generated files. */
export function sortedBackends(config: SpookyConfig): BackendConfig[] {
  return Object.values(config.backends).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** The routes in the order of their paths. */
export function sortedRoutes(backend: BackendConfig): Route[] {
  return Object.values(backend.routes).toSorted((a, b) => (a.path < b.path ? -1 : 1));
}
