import { createPayloadValidator, type PayloadVerdict } from '@spookify/config/payload';
import { routePath } from '@spookify/config/route-path';
import { jsonFormOf } from '@spookify/surreal-link/values';
import type { RunnerBackend } from '../backends.ts';
import type { Job } from '../job.ts';

/** Where a job is sent and with which body, or why it is refused. */
export type Target =
  | { readonly kind: 'allowed'; readonly path: string; readonly body: string }
  | { readonly kind: 'refused'; readonly code: 'path_refused' | 'payload_refused'; readonly reason: string };

/** Finds the target of a job. */
export type Resolve = (job: Pick<Job, 'path' | 'payload'>) => Target;

/**
 * Decides before anything is sent, so the token never leaves for an address that the spec does not name. The list of
 * routes is the gate: `..`, `//host`, `@host` and their encodings are no routes. A path that `routePath` refuses is no
 * route either, and the address is checked to lie under the base URL.
 *
 * @throws TypeError if the base URL is not a URL
 */
export function createTargets(backend: Pick<RunnerBackend, 'name' | 'baseUrl' | 'routes'>): Resolve {
  const base = new URL(backend.baseUrl);
  const basePath = base.pathname.replace(/\/+$/, '');
  const routes = new Map<string, { url: string; validate: (payload: unknown) => PayloadVerdict }>();
  for (const [path, { request }] of Object.entries(backend.routes)) {
    const called = routePath(path);
    if (called.kind !== 'callable' || !staysInside(base, basePath, called.url)) continue;
    routes.set(path, { url: called.url, validate: createPayloadValidator(request) });
  }

  return ({ path, payload }) => {
    const route = routes.get(path);
    if (route === undefined) {
      const reason = `${JSON.stringify(path.slice(0, 200))} is not a route of the backend ${backend.name}.`;
      return { kind: 'refused', code: 'path_refused', reason };
    }
    const json = toJson(payload);
    if (typeof json === 'string') {
      return { kind: 'refused', code: 'payload_refused', reason: `The payload has no JSON form. ${json}` };
    }
    const verdict = route.validate(json.value);
    if (!verdict.ok) {
      return {
        kind: 'refused',
        code: 'payload_refused',
        reason: `The payload does not fit ${path}: ${verdict.reason}.`,
      };
    }
    return { kind: 'allowed', path: basePath + route.url, body: json.text };
  };
}

/** True if a URL parser, which servers and proxies use, reads exactly this path under this base. */
function staysInside(base: URL, basePath: string, path: string): boolean {
  if (!URL.canParse(base.origin + basePath + path)) return false;
  const url = new URL(base.origin + basePath + path);
  return (
    url.origin === base.origin &&
    url.username === '' &&
    url.password === '' &&
    url.pathname === basePath + path &&
    url.search === '' &&
    url.hash === ''
  );
}

/**
 * Converts a payload to what the backend will read, as the client does. Returns the first problem if a value has no JSON
 * form.
 */
function toJson(payload: unknown): { readonly value: unknown; readonly text: string } | string {
  if (isJson(payload, DEEPEST)) return { value: payload, text: JSON.stringify(payload) };
  const form = jsonFormOf(payload);
  if (form.kind === 'walked') return { value: form.result, text: JSON.stringify(form.result) };
  const [issue] = form.kind === 'refused' ? form.issues : [];
  return issue === undefined ? '' : `${issue.path}: ${issue.message}`;
}

/** Most payloads are JSON already and need no copy. Payloads nested deeper than this are always copied. */
const DEEPEST = 8;

function isJson(value: unknown, depth: number): boolean {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || depth === 0) return false;
  if (Array.isArray(value)) return value.every((item) => isJson(item, depth - 1));
  return (
    Object.getPrototypeOf(value) === Object.prototype && Object.values(value).every((item) => isJson(item, depth - 1))
  );
}
