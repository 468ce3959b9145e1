/** Reads sp00ky.yml and everything it names; throws with all that is wrong. */

/** Why no backend can have a name. */
export { backendNameFault } from './backend-name.ts';
/** The config as used: checked, with absolute paths. */
export type {
  BackendConfig,
  DatabaseConfig,
  DevCommand,
  ScheduleConfig,
  ScheduleTiming,
  SpookyConfig,
} from './config.ts';
/** A config with one more backend. */
export { type BackendEntry, backendEntry, configWithBackend } from './config-with-backend.ts';
/** What was probably meant by a misspelt word. */
export { closest } from './did-you-mean.ts';
/** Reads `.env` and env-files. */
export { parseEnvFile } from './env-file.ts';
/** What is wrong with a config, and where. */
export { ConfigError, type ConfigIssue, type ConfigIssueCode, formatIssue } from './errors.ts';
/** What is wrong with an address. */
export { urlFault } from './fields.ts';
export { loadConfig } from './load.ts';
/** What a first `spooky dev` has to make up. */
export { missingSecrets } from './missing-secrets.ts';
/** What there is to watch. */
export { type NamedFiles, namedFiles } from './named-files.ts';
/** The job tables and their files. */
export { type NamedOutbox, namedOutboxes } from './named-outboxes.ts';
export type { LoadOptions } from './open.ts';
/** The callable routes of an OpenAPI spec. */
export { loadRoutes, type Route } from './openapi.ts';
export type { JsonSchema } from './openapi-schema.ts';
/** Checks payloads against a route's request schema. */
export { createPayloadValidator, type PayloadVerdict } from './payload.ts';
/** A value that does not print. */
export { Secret } from './secret.ts';
/** A spec with one more route, and a new one. */
export { specOfRoute, specWithRoute } from './spec-with-route.ts';
