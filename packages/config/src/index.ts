/** Reads sp00ky.yml and the files that it names. */

/** Checks the name of a backend. */
export { backendNameFault } from './backend-name.ts';
/** The checked config with absolute paths. */
export type {
  BackendConfig,
  DatabaseConfig,
  DevCommand,
  ScheduleConfig,
  ScheduleTiming,
  SpookyConfig,
} from './config.ts';
/** Adds a backend to a config. */
export { type BackendEntry, backendEntry, configWithBackend } from './config-with-backend.ts';
/** Reads text files: UTF-8 only, with the same errors everywhere. */
export { invalidByte, otherEncoding } from './decode-text.ts';
/** Finds the intended word for a misspelt one. */
export { closest } from './did-you-mean.ts';
/** Reads `.env` and env-files. */
export { parseEnvFile } from './env-file.ts';
/** The errors of a config, with their positions. */
export { ConfigError, type ConfigIssue, type ConfigIssueCode, formatIssue } from './errors.ts';
/** Checks a URL. */
export { urlFault } from './fields.ts';
export { loadConfig } from './load.ts';
/** The secrets that a first `spooky dev` generates. */
export { missingSecrets } from './missing-secrets.ts';
/** The files that loading reads, for watchers. */
export { type NamedFiles, namedFiles } from './named-files.ts';
/** The job tables that a config names, and their files. */
export { type NamedOutbox, namedOutboxes } from './named-outboxes.ts';
export type { LoadOptions } from './open.ts';
/** The callable routes of an OpenAPI spec. */
export { loadRoutes, type Route } from './openapi.ts';
/** Checks payloads against a route's request schema. */
export { createPayloadValidator, type PayloadVerdict } from './payload.ts';
/** Decides how the path of a route is called. */
export { type RoutePath, routePath } from './route-path.ts';
/** A value that is not printed. */
export { Secret } from './secret.ts';
/** Adds a route to a spec, and makes a new spec. */
export { specOfRoute, specWithRoute } from './spec-with-route.ts';
export type { JsonSchema } from './subschemas.ts';
export { type EditableText, readEditable, readEditableIfThere, readText, readTextIfThere } from './text-file.ts';
