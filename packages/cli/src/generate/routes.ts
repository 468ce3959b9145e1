import type { BackendConfig } from '@spookify/config';
import { jsonSchemaType } from './json-schema-type.ts';
import { type Layout, literal, propertyKey, quote, typeBlock } from './layout.ts';

/** The type of each route's payload, by path: `api: { '/spookify': { id: string } }`. */
export function backendType(backend: BackendConfig): Layout {
  const routes = sorted(backend).map(({ path, request }) => [
    `${propertyKey(path)}: `,
    Object.keys(request).length === 0 ? 'Record<string, never>' : jsonSchemaType(request),
  ]);
  return [`${propertyKey(backend.name)}: `, typeBlock(routes)];
}

/** The value that the client reads at run time to check a payload and insert the job. */
export function backendValue(backend: BackendConfig): Layout {
  const routes: Layout[] = sorted(backend).map(({ path, request }) => [`${propertyKey(path)}: `, literal(request)]);
  return [
    `${propertyKey(backend.name)}: `,
    {
      open: '{',
      close: '}',
      separator: ',',
      items: [
        `table: ${quote(backend.method.table)}`,
        ['routes: ', { open: '{', close: '}', separator: ',', items: routes }],
      ],
    },
  ];
}

function sorted(backend: BackendConfig) {
  return Object.values(backend.routes).toSorted((a, b) => (a.path < b.path ? -1 : 1));
}
