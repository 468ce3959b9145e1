/** Maps paths and methods to routes. */

import { handleWriteSignal } from '../write-signal/http-write-signal.ts';
import { handleApi } from './http-api.ts';
import type { Route } from './http-exchange.ts';
import { handleExport } from './http-export.ts';
import { handleImport } from './http-import.ts';
import { keyRoutes } from './http-key.ts';
import { handleRpc, handleSignin, handleSql, handleSync, refuseModels, requireUpgrade } from './http-routes.ts';

interface Resource {
  readonly path: RegExp;
  /** Routes by method; `*` matches any method. */
  readonly routes: Readonly<Record<string, Route>>;
}

const resources: readonly Resource[] = [
  { path: /^\/rpc$/, routes: { GET: requireUpgrade, POST: handleRpc } },
  { path: /^\/sql$/, routes: { GET: requireUpgrade, POST: handleSql } },
  { path: /^\/signin$/, routes: { POST: handleSignin } },
  { path: /^\/signup$/, routes: { POST: handleSignin } },
  { path: /^\/import$/, routes: { POST: handleImport } },
  { path: /^\/export$/, routes: { GET: handleExport, POST: handleExport } },
  { path: /^\/key\/([^/]+)(?:\/([^/]+))?$/, routes: keyRoutes },
  { path: /^\/api\/([^/]+)\/([^/]+)\/(.+)$/, routes: { '*': handleApi } },
  { path: /^\/write-signal$/, routes: { GET: handleWriteSignal } },
  { path: /^\/ml\/import$/, routes: { POST: refuseModels } },
  { path: /^\/ml\/export\/[^/]+\/[^/]+$/, routes: { GET: refuseModels } },
  { path: /^\/sync$/, routes: { GET: handleSync, POST: handleSync } },
];

export type Found =
  | { readonly type: 'route'; readonly route: Route; readonly path: readonly string[] }
  /** The path exists, but not with this method. */
  | { readonly type: 'method'; readonly allow: string }
  | { readonly type: 'nothing' };

/** A HEAD request is answered like a GET request, without the body. */
export function findRoute(method: string, pathname: string): Found {
  for (const { path, routes } of resources) {
    const match = path.exec(pathname);
    if (match === null) continue;
    const route = routes[method === 'HEAD' ? 'GET' : method] ?? routes['*'];
    if (route === undefined) return { type: 'method', allow: allowed(routes) };
    const parts = match.slice(1).filter((part) => part !== undefined);
    return { type: 'route', route, path: parts.map(decodePart) };
  }
  return { type: 'nothing' };
}

const allowed = (routes: object): string =>
  Object.keys(routes)
    .flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
    .join(',');

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
