import type { Fault } from './explain.ts';
import { valueAt } from './schema-lookup.ts';
import { formatPath } from './source.ts';

/** Names of the local machine. */
const LOOPBACK = /^(?:localhost|127\.0\.0\.1|\[::1\])$/;

/**
 * Finds backends with a `dev` command that use the same local port: only one of them could get it. Each one is
 * reported, so that both lines are visible. One process may serve two backends if only one of them has a `dev` command.
 *
 * @param overridden the paths whose values the environment overrides
 */
export function sharedPortFaults(tree: unknown, overridden: ReadonlySet<string>): Fault[] {
  const backends = Object.entries(Object(valueAt(tree, 'backends')) as object);
  const placed = backends.flatMap(([name, backend]) => {
    const path = ['backends', name, 'baseUrl'];
    const port = valueAt(backend, 'dev') === undefined ? undefined : loopbackPort(valueAt(backend, 'baseUrl'));
    return port === undefined || overridden.has(formatPath(path)) ? [] : [{ name, path, port }];
  });
  return placed.flatMap(({ name, path, port }): Fault[] => {
    const others = placed.filter((other) => other.port === port && other.name !== name);
    if (others.length === 0) return [];
    const names = others.map((other) => `backends.${other.name}`).join(', ');
    const message = `port ${port} is also the port of ${names}; give each backend with a dev command its own port`;
    return [{ code: 'SPOOKY_CONFIG_SHARED_PORT', path, message }];
  });
}

function loopbackPort(url: unknown): number | undefined {
  const parsed = typeof url === 'string' ? URL.parse(url) : null;
  if (parsed === null || !LOOPBACK.test(parsed.hostname)) return undefined;
  return Number(parsed.port) || (parsed.protocol === 'https:' ? 443 : 80);
}
