import type { Route } from '@spookify/config';
import { createPayloadValidator, type PayloadVerdict } from '@spookify/config/payload';
import { routePath } from '@spookify/config/route-path';

/** A backend whose jobs browsers may start. */
export interface GatewayBackend {
  /** Its name in sp00ky.yml and in `db.run(name, …)`. */
  readonly name: string;
  /** Its outbox table. */
  readonly table: string;
  /** Its routes by path, from `loadRoutes`. Their request schemas validate payloads. */
  readonly routes: Readonly<Record<string, Route>>;
}

/** The backends with compiled payload validators, which are the same as the runner's. */
export interface Backends {
  readonly byName: ReadonlyMap<string, Backend>;
  readonly byTable: ReadonlyMap<string, Backend>;
}

export interface Backend {
  readonly table: string;
  /** The payload validator of each path. */
  readonly routes: ReadonlyMap<string, (payload: unknown) => PayloadVerdict>;
}

/** Compiles the request schema of every route once. Without a path that a runner can call, a job would only fail. */
export function compileBackends(backends: readonly GatewayBackend[]): Backends {
  const compiled = backends.map(({ name, table, routes }) => ({
    name,
    table,
    routes: new Map(
      Object.entries(routes)
        .filter(([path]) => routePath(path).kind === 'callable')
        .map(([path, { request }]) => [path, createPayloadValidator(request)]),
    ),
  }));
  return {
    byName: new Map(compiled.map((backend) => [backend.name, backend])),
    byTable: new Map(compiled.map((backend) => [backend.table, backend])),
  };
}
