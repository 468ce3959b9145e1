import type { BackendConfig, Route, SpookyConfig } from '@spookify/config';
import { jsonSchemaType } from './json-schema-type.ts';
import { type Layout, literal, propertyKey, quote, typeBlock } from './layout.ts';

/** The type of each route's payload, by path: `api: { '/spookify': { id: string } }`. */
export function backendType(backend: BackendConfig): Layout {
  const routes = sortedRoutes(backend).map(({ path, request }) => [
    `${propertyKey(path)}: `,
    Object.keys(request).length === 0 ? 'Record<string, never>' : jsonSchemaType(request),
  ]);
  return [`${propertyKey(backend.name)}: `, typeBlock(routes)];
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
