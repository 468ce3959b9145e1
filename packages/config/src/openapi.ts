import { endlessReference } from './endless-reference.ts';
import { ConfigError, type ConfigIssue, inReadingOrder } from './errors.ts';
import { faultyPart } from './faulty-part.ts';
import { bundleSchema, type OpenApiVersion, resolveReference } from './openapi-schema.ts';
import { createPayloadValidator } from './payload.ts';
import { resultSchema } from './result-schema.ts';
import { routePath } from './route-path.ts';
import { valueAt } from './schema-lookup.ts';
import { formatPath, type PathSegment, parseSource, type Source } from './source.ts';
import type { JsonSchema } from './subschemas.ts';
import { readText } from './text-file.ts';
import { unsentParameters } from './unsent-parameters.ts';

/** A callable route of a backend: a POST operation that takes JSON or no body. */
export interface Route {
  /** The path as in the spec and in `db.run(backend, path, …)`, such as `/spookify`. */
  readonly path: string;
  /**
   * Self-contained JSON Schema (2020-12) of the request body: references point into its own `$defs`. `{}` if the route
   * takes no body.
   */
  readonly request: JsonSchema;
  /**
   * Self-contained JSON Schema of the answer: that of the lowest 2xx status with a JSON body. Absent if the spec has
   * none. Answers are not checked.
   */
  readonly result?: JsonSchema;
  readonly summary?: string;
}

const JSON_TYPE = /^application\/(?:json|[\w.-]+\+json)\s*(?:;|$)/i;
/** Ranges of media types that include JSON. */
const JSON_RANGE = /^(?:application|\*)\/\*\s*(?:;|$)/;
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
  /** Operations that no job can call as they are written. */
  readonly warnings: readonly ConfigIssue[];
}

/** Like `loadRoutes`, but returns the problems instead of throwing them. */
export async function readSpec(file: string): Promise<Spec> {
  try {
    const source = parseSource(file, await readText(file));
    return source.issues.length > 0 ? { routes: {}, issues: source.issues, warnings: [] } : readRoutes(source);
  } catch (error) {
    if (error instanceof ConfigError) return { routes: {}, issues: error.issues, warnings: [] };
    throw error;
  }
}

function readRoutes(source: Source): Spec {
  const issues: ConfigIssue[] = [];
  const warnings: ConfigIssue[] = [];
  const routes: Record<string, Route> = {};
  const placed = (path: readonly PathSegment[], message: string) => ({
    ...{ file: source.file, ...source.positionOf(path), path: formatPath(path), message },
  });
  const report = (path: readonly PathSegment[], message: string): void => {
    issues.push({ code: 'SPOOKY_CONFIG_BAD_SPEC', ...placed(path, message) });
  };
  const root = source.value;
  const version = valueAt(root, 'openapi');
  if (typeof version !== 'string' || !VERSION.test(version)) {
    report(valueAt(root, 'swagger') === undefined ? ['openapi'] : ['swagger'], versionFault(root, version));
    return { routes, issues, warnings };
  }
  const paths = valueAt(root, 'paths');
  if (typeof paths !== 'object' || paths === null || Array.isArray(paths)) {
    report(['paths'], 'is missing; list the routes under paths:');
    return { routes, issues, warnings };
  }

  const pathOfUrl = new Map<string, string>();
  for (const path of Object.keys(paths)) {
    if (!path.startsWith('/')) {
      if (!path.startsWith('x-')) report(['paths', path], 'a path must start with /; add it');
      continue;
    }
    try {
      const route = readRoute(root, version, path);
      if (route === undefined) continue;
      if ('unused' in route) {
        for (const { at, message } of route.unused) {
          warnings.push({
            code: 'SPOOKY_CONFIG_UNUSED_OPERATION',
            ...placed(at, message),
            severity: 'warning',
          });
        }
        continue;
      }
      const called = routePath(path);
      if (called.kind === 'template') {
        const issue = placed(['paths', path], called.reason);
        warnings.push({ code: 'SPOOKY_CONFIG_UNUSED_OPERATION', ...issue, severity: 'warning' });
        continue;
      }
      if (called.kind === 'refused')
        throw new SpecFault(['paths', path], `jobs cannot call this path: ${called.reason}`);
      const same = pathOfUrl.get(called.url);
      if (same !== undefined) throw new SpecFault(['paths', path], `is the same path as ${same}; remove one of them`);
      pathOfUrl.set(called.url, path);
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
  return { routes, issues, warnings };
}

function versionFault(root: unknown, version: unknown): string {
  if (valueAt(root, 'swagger') !== undefined) {
    return 'Swagger 2.0 is not supported; convert the file to OpenAPI, and write openapi: 3.1.0';
  }
  if (typeof version === 'number') return 'must be text with three numbers; write openapi: 3.1.0 (or 3.0.x)';
  return 'must be an OpenAPI version; write openapi: 3.1.0 (or 3.0.x)';
}

class SpecFault extends Error {
  readonly at: readonly PathSegment[];

  constructor(at: readonly PathSegment[], message: string) {
    super(message);
    this.at = at;
  }
}

/** A POST operation that no job can call, and why. */
interface UnusedOperation {
  readonly unused: readonly { readonly at: readonly PathSegment[]; readonly message: string }[];
}

/** Returns the route at `path`, or undefined if the path has no POST operation. */
function readRoute(root: unknown, version: string, path: string): Route | UnusedOperation | undefined {
  const follow = (at: readonly PathSegment[]): { value: unknown; at: readonly PathSegment[] } => {
    const resolved = resolveReference(root, at);
    if ('fault' in resolved) throw new SpecFault(resolved.at, resolved.fault);
    return resolved;
  };
  const item = follow(['paths', path]);
  const operation = valueAt(item.value, 'post');
  if (operation === undefined) return undefined;
  const at = [...item.at, 'post'];
  if (typeof operation !== 'object' || operation === null) {
    throw new SpecFault(at, 'is not an operation; describe it, or remove the key');
  }
  const unsent = [...unsentParameters(follow, item), ...unsentParameters(follow, { value: operation, at })];
  if (unsent.length > 0) return { unused: unsent };
  const summary = valueAt(operation, 'summary');
  const dialect: OpenApiVersion = version.startsWith('3.0') ? '3.0' : '3.1';
  const result = resultSchema(root, dialect, at, (type) => JSON_TYPE.test(type));
  const described = { ...(result && { result }), ...(typeof summary === 'string' && { summary }) };
  if (valueAt(operation, 'requestBody') === undefined) return { path, request: {}, ...described };

  const body = follow([...at, 'requestBody']);
  const content = valueAt(body.value, 'content');
  if (typeof content !== 'object' || content === null) {
    throw new SpecFault([...body.at, 'content'], 'is missing; write content: with application/json: and its schema');
  }
  const types = Object.keys(content);
  const mediaType = types.find((type) => JSON_TYPE.test(type)) ?? types.find((type) => JSON_RANGE.test(type));
  if (mediaType === undefined) {
    const message = 'jobs send JSON, so no job can call this route; add application/json: and its schema';
    return { unused: [{ at: [...body.at, 'content'], message }] };
  }
  const schemaAt = [...body.at, 'content', mediaType, 'schema'];
  const bundled = bundleSchema(root, schemaAt, dialect);
  if ('fault' in bundled) throw new SpecFault(bundled.at, bundled.fault);
  const endless = endlessReference(bundled.schema);
  if (endless !== undefined) {
    const message =
      'refers to itself for the same value, so its check would never end; refer to it from a property or items';
    throw new SpecFault(bundled.placeOf(['$defs', endless]), message);
  }
  const invalid = whyInvalid(bundled.schema);
  if (invalid !== undefined) {
    const part = faultyPart(bundled.schema, (schema) => whyInvalid(schema) === undefined);
    throw new SpecFault(bundled.placeOf(part), `${invalid}; correct it, or remove it`);
  }
  return { path, request: bundled.schema, ...described };
}

function whyInvalid(request: JsonSchema): string | undefined {
  try {
    createPayloadValidator(request);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
