import { readFile } from 'node:fs/promises';
import { ConfigError, type ConfigIssue, inReadingOrder } from './errors.ts';
import { bundleSchema, type JsonSchema, resolveReference } from './openapi-schema.ts';
import { createPayloadValidator } from './payload.ts';
import { valueAt } from './schema-lookup.ts';
import { formatPath, type PathSegment, parseSource, type Source } from './source.ts';

/** A callable route of a backend: a POST operation that takes JSON or no body. */
export interface Route {
  /** The path as in the spec and in `db.run(backend, path, …)`, such as `/spookify`. */
  readonly path: string;
  /**
   * Self-contained JSON Schema (2020-12) of the request body: references point into its own `$defs`. `{}` if the route
   * takes no body.
   */
  readonly request: JsonSchema;
  readonly summary?: string;
}

const JSON_TYPE = /^application\/(?:json|[\w.-]+\+json)\s*(?:;|$)/i;
const VERSION = /^3\.[01]\.\d+$/;

/**
 * Reads the routes of an OpenAPI 3.0 or 3.1 spec (YAML or JSON): its POST operations that take JSON or no body. Other
 * methods, paths with `{parameters}` and other media types cannot be called through an outbox and are ignored.
 *
 * @throws ConfigError with every problem of the spec and its position
 */
export async function loadRoutes(specFile: string): Promise<Record<string, Route>> {
  const { routes, issues } = await readSpec(specFile);
  if (issues.length > 0) throw new ConfigError(inReadingOrder(issues), process.cwd());
  return routes;
}

export interface Spec {
  readonly routes: Record<string, Route>;
  readonly issues: readonly ConfigIssue[];
}

/** Like `loadRoutes`, but returns the problems instead of throwing them. */
export async function readSpec(file: string): Promise<Spec> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    const message = `cannot be read (${reason}); check the path and its permissions`;
    return {
      routes: {},
      issues: [{ code: 'SPOOKY_CONFIG_MISSING_FILE', file, line: 1, column: 1, path: '', message }],
    };
  }
  const source = parseSource(file, text);
  return source.issues.length > 0 ? { routes: {}, issues: source.issues } : readRoutes(source);
}

function readRoutes(source: Source): Spec {
  const issues: ConfigIssue[] = [];
  const routes: Record<string, Route> = {};
  const report = (path: readonly PathSegment[], message: string): void => {
    issues.push({
      code: 'SPOOKY_CONFIG_BAD_SPEC',
      file: source.file,
      ...source.positionOf(path),
      path: formatPath(path),
      message,
    });
  };
  const root = source.value;
  const version = valueAt(root, 'openapi');
  if (typeof version !== 'string' || !VERSION.test(version)) {
    report(['openapi'], 'must be an OpenAPI version; write openapi: 3.1.0 (or 3.0.x)');
    return { routes, issues };
  }
  const paths = valueAt(root, 'paths');
  if (typeof paths !== 'object' || paths === null || Array.isArray(paths)) {
    report(['paths'], 'is missing; list the routes under paths:');
    return { routes, issues };
  }

  for (const path of Object.keys(paths)) {
    if (!path.startsWith('/')) {
      if (!path.startsWith('x-')) report(['paths', path], 'a path must start with /; add it');
      continue;
    }
    if (path.includes('{')) continue;
    try {
      const route = readRoute(root, version, path);
      if (route === undefined) continue;
      createPayloadValidator(route.request);
      routes[path] = route;
    } catch (error) {
      const at = error instanceof SpecFault ? error.at : ['paths', path, 'post'];
      report(at, error instanceof Error ? error.message : String(error));
    }
  }
  // Empty `paths: {}` mean that the backend has no route yet. Paths that no job can call are a mistake.
  if (Object.keys(paths).length > 0 && Object.keys(routes).length === 0 && issues.length === 0) {
    report(['paths'], 'has no callable route; describe a POST with a JSON request body');
  }
  return { routes, issues };
}

class SpecFault extends Error {
  readonly at: readonly PathSegment[];

  constructor(at: readonly PathSegment[], message: string) {
    super(message);
    this.at = at;
  }
}

/** Returns the route at `path`, or undefined if a job cannot call it. */
function readRoute(root: unknown, version: string, path: string): Route | undefined {
  const follow = (at: readonly PathSegment[]): { value: unknown; at: readonly PathSegment[] } => {
    const resolved = resolveReference(root, at);
    if ('fault' in resolved) throw new SpecFault(resolved.at, resolved.fault);
    return resolved;
  };
  const item = follow(['paths', path]);
  const operation = valueAt(item.value, 'post');
  if (typeof operation !== 'object' || operation === null) return undefined;
  const at = [...item.at, 'post'];
  const summary = valueAt(operation, 'summary');
  const described = typeof summary === 'string' ? { summary } : {};
  if (valueAt(operation, 'requestBody') === undefined) return { path, request: {}, ...described };

  const body = follow([...at, 'requestBody']);
  const content = valueAt(body.value, 'content');
  if (typeof content !== 'object' || content === null) {
    throw new SpecFault([...body.at, 'content'], 'is missing; write content: with application/json: and its schema');
  }
  const mediaType = Object.keys(content).find((type) => JSON_TYPE.test(type));
  if (mediaType === undefined) return undefined;
  const schemaAt = [...body.at, 'content', mediaType, 'schema'];
  const bundled = bundleSchema(root, schemaAt, version.startsWith('3.0') ? '3.0' : '3.1');
  if ('fault' in bundled) throw new SpecFault(bundled.at, bundled.fault);
  return { path, request: bundled.schema, ...described };
}
