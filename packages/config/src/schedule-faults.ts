import { closest } from './did-you-mean.ts';
import type { Fault } from './explain.ts';
import type { Route } from './openapi.ts';
import { createPayloadValidator } from './payload.ts';
import { valueAt } from './schema-lookup.ts';
import type { PathSegment } from './source.ts';

/**
 * Returns what is wrong with the schedules apart from their form: their timing and their target. It reads the tree
 * before validation, so that these faults are reported together with those of the validator.
 *
 * @param routes the routes by backend, without backends whose spec cannot be read: they have their own faults
 */
export function scheduleFaults(
  tree: unknown,
  routes: ReadonlyMap<string, Readonly<Record<string, Route>>>,
): readonly Fault[] {
  const schedules = valueAt(tree, 'schedules');
  const backends = Object.keys(Object(valueAt(tree, 'backends')));
  return Object.keys(Object(schedules)).flatMap((name) => {
    const schedule = valueAt(schedules, name);
    if (typeof schedule !== 'object' || schedule === null || Array.isArray(schedule)) return [];
    const at = ['schedules', name];
    return [...timingFaults(schedule, at), ...targetFaults(schedule, at, backends, routes)];
  });
}

function timingFaults(schedule: object, at: readonly PathSegment[]): Fault[] {
  const [hasCron, hasEvery, hasTimezone] = ['cron', 'every', 'timezone'].map((key) => Object.hasOwn(schedule, key));
  if (hasCron && hasEvery) {
    const message = 'cron and every cannot be combined; remove one of them';
    return [{ code: 'SPOOKY_CONFIG_WRONG_VALUE', path: [...at, 'every'], message }];
  }
  if (!hasCron && !hasEvery) {
    const message = "has no time; write for example cron: '0 3 * * *' or every: 5m";
    return [{ code: 'SPOOKY_CONFIG_MISSING_KEY', path: at, message }];
  }
  if (hasEvery && hasTimezone) {
    const message = 'every needs no time zone; remove it, or write cron';
    return [{ code: 'SPOOKY_CONFIG_WRONG_VALUE', path: [...at, 'timezone'], message }];
  }
  return [];
}

function targetFaults(
  schedule: object,
  at: readonly PathSegment[],
  backends: readonly string[],
  routes: ReadonlyMap<string, Readonly<Record<string, Route>>>,
): Fault[] {
  const backend = valueAt(schedule, 'backend');
  if (typeof backend !== 'string' || backend.trim() === '') return [];
  if (!backends.includes(backend)) {
    const message = `is not a backend of this file; ${hint(backend, backends)}`;
    return [{ code: 'SPOOKY_CONFIG_UNKNOWN_BACKEND', path: [...at, 'backend'], message }];
  }
  const known = routes.get(backend) ?? {};
  const route = valueAt(schedule, 'route');
  if (typeof route !== 'string' || route.trim() === '' || Object.keys(known).length === 0) return [];
  const found = Object.hasOwn(known, route) ? known[route] : undefined;
  if (found === undefined) {
    const message = `is not a route of the backend ${backend}; ${hint(route, Object.keys(known))}`;
    return [{ code: 'SPOOKY_CONFIG_UNKNOWN_ROUTE', path: [...at, 'route'], message }];
  }
  const payload = valueAt(schedule, 'payload') ?? {};
  // The validator reports any other type.
  if (typeof payload !== 'object' || Array.isArray(payload)) return [];
  const verdict = createPayloadValidator(found.request)(payload);
  if (verdict.ok) return [];
  const message = `does not fit ${route}: ${verdict.reason}; see the spec of ${backend}`;
  return [{ code: 'SPOOKY_CONFIG_BAD_PAYLOAD', path: [...at, 'payload'], message }];
}

function hint(word: string, known: readonly string[]): string {
  const guess = closest(word, known);
  return guess === undefined ? `it has: ${known.join(', ') || 'none'}` : `did you mean ${guess}?`;
}
