import path from 'node:path';

/** What can be wrong with a configuration. Stable: programs may switch on it. */
export type ConfigIssueCode =
  /** There is no sp00ky.yml, here or in any folder above. */
  | 'SPOOKY_CONFIG_NOT_FOUND'
  /** The file is there but cannot be read. */
  | 'SPOOKY_CONFIG_UNREADABLE'
  /** It is not YAML, or not the JSON or dotenv that it should be. */
  | 'SPOOKY_CONFIG_MALFORMED'
  /** A key that nothing reads, often misspelt. */
  | 'SPOOKY_CONFIG_UNKNOWN_KEY'
  /** A required key is not there. */
  | 'SPOOKY_CONFIG_MISSING_KEY'
  /** A value of another kind: text instead of a number, a list instead of a mapping. */
  | 'SPOOKY_CONFIG_WRONG_TYPE'
  /** A value of the right kind that cannot be. */
  | 'SPOOKY_CONFIG_WRONG_VALUE'
  /** `${…}` is not closed, or names no variable. */
  | 'SPOOKY_CONFIG_BAD_VARIABLE'
  /** `${NAME}` is set neither in the environment nor in .env, and has no default. */
  | 'SPOOKY_CONFIG_UNSET_VARIABLE'
  /** A file or folder that is named is not there. */
  | 'SPOOKY_CONFIG_MISSING_FILE'
  /** A schedule names a backend that the file does not have. */
  | 'SPOOKY_CONFIG_UNKNOWN_BACKEND'
  /** The payload of a schedule does not fit its route. */
  | 'SPOOKY_CONFIG_BAD_PAYLOAD'
  /** A path that is no route of the backend's spec. */
  | 'SPOOKY_CONFIG_UNKNOWN_ROUTE'
  /** A script of npm that the package.json does not have. */
  | 'SPOOKY_CONFIG_UNKNOWN_SCRIPT'
  /** Two backends use one job table. */
  | 'SPOOKY_CONFIG_SHARED_TABLE'
  /** Two backends with a `dev` command have one port. */
  | 'SPOOKY_CONFIG_SHARED_PORT'
  /** The OpenAPI spec cannot be used as it is. */
  | 'SPOOKY_CONFIG_BAD_SPEC'
  /** A SurrealQL file of the schema is not accepted by the database engine. */
  | 'SPOOKY_CONFIG_BAD_SCHEMA'
  /** A field looks protected and is not: a permission that depends on the row, or a reference. */
  | 'SPOOKY_CONFIG_UNSAFE_FIELD'
  /** The schema calls a function that no schema file defines. */
  | 'SPOOKY_CONFIG_UNKNOWN_FUNCTION'
  /** A table is defined without PERMISSIONS, so it does not say whether it is meant to be closed; or only its fields are defined. */
  | 'SPOOKY_CONFIG_NO_PERMISSIONS'
  /** A table's name begins as those of the engine do. */
  | 'SPOOKY_CONFIG_RESERVED_TABLE'
  /** A warning: live views ask the engine for every reader: a select permission cannot be compiled, or a field is computed. */
  | 'SPOOKY_CONFIG_SLOW_PERMISSION'
  /** A warning: a select permission demands that a field is the reader, and no index begins with it: lists read the whole table. */
  | 'SPOOKY_CONFIG_UNINDEXED_KEY'
  /** The job table lacks what the runner relies on. */
  | 'SPOOKY_CONFIG_BAD_JOB_TABLE'
  /** A guard of the job table is missing or too strict: a user may do what only the runner may, or not what users must. */
  | 'SPOOKY_CONFIG_BAD_JOB_GUARD'
  /** A line of an env-file is not KEY=VALUE. */
  | 'SPOOKY_CONFIG_BAD_ENV_FILE';

/** One thing that is wrong, and where. */
export interface ConfigIssue {
  readonly code: ConfigIssueCode;
  /** Absolute path of the file: sp00ky.yml, an OpenAPI spec or an env-file. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units, as editors count. */
  readonly column: number;
  /** Dotted path inside the file (`backends.api.baseUrl`), empty for the file as a whole. */
  readonly path: string;
  /** What is wrong; what to write instead. Never holds a secret or the value of a variable. */
  readonly message: string;
  /** Set for what works, but not well. Everything else is an error. */
  readonly severity?: 'warning';
}

/** Everything that is wrong with a configuration, at once: `message` has a line for each issue. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  /** `SPOOKY_CONFIG_NOT_FOUND` when there is no file at all, otherwise `SPOOKY_CONFIG_INVALID`. */
  readonly code: 'SPOOKY_CONFIG_INVALID' | 'SPOOKY_CONFIG_NOT_FOUND';
  readonly issues: readonly ConfigIssue[];

  constructor(issues: readonly ConfigIssue[], cwd: string) {
    super(issues.map((issue) => formatIssue(issue, cwd)).join('\n'));
    this.code = issues[0]?.code === 'SPOOKY_CONFIG_NOT_FOUND' ? 'SPOOKY_CONFIG_NOT_FOUND' : 'SPOOKY_CONFIG_INVALID';
    this.issues = issues;
  }
}

/** `sp00ky.yml:12:5 backends.api.baseUrl: what is wrong; what to write instead`, the file as seen from `cwd`. */
export function formatIssue(issue: ConfigIssue, cwd: string): string {
  const file = path.relative(cwd, issue.file) || issue.file;
  const place = issue.path === '' ? '' : ` ${issue.path}`;
  const severity = issue.severity === undefined ? '' : ` ${issue.severity}:`;
  return `${file}:${issue.line}:${issue.column}${place}:${severity} ${issue.message}`;
}

/** In the order in which a reader meets them; issues of the config itself stay before those of the files it names. */
export function inReadingOrder(issues: readonly ConfigIssue[]): ConfigIssue[] {
  const files = [...new Set(issues.map((issue) => issue.file))];
  return issues.toSorted(
    (a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line || a.column - b.column,
  );
}
