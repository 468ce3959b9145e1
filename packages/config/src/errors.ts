import path from 'node:path';

/** The kinds of problems in a configuration. Codes are stable. */
export type ConfigIssueCode =
  /** There is no sp00ky.yml in the folder or in any folder above it. */
  | 'SPOOKY_CONFIG_NOT_FOUND'
  /** The file exists but cannot be read. */
  | 'SPOOKY_CONFIG_UNREADABLE'
  /** The file is not UTF-8 text. */
  | 'SPOOKY_CONFIG_BAD_ENCODING'
  /** The file is not valid YAML, JSON or dotenv. */
  | 'SPOOKY_CONFIG_MALFORMED'
  /** The key does not exist. It is often misspelt. */
  | 'SPOOKY_CONFIG_UNKNOWN_KEY'
  /** A required key is missing. */
  | 'SPOOKY_CONFIG_MISSING_KEY'
  /** The value has the wrong type, such as text instead of a number or a list instead of a mapping. */
  | 'SPOOKY_CONFIG_WRONG_TYPE'
  /** The value has the right type but is not allowed. */
  | 'SPOOKY_CONFIG_WRONG_VALUE'
  /** A `${…}` is not closed or contains no variable name. */
  | 'SPOOKY_CONFIG_BAD_VARIABLE'
  /** `${NAME}` has no default and is set neither in the environment nor in .env. */
  | 'SPOOKY_CONFIG_UNSET_VARIABLE'
  /** A file or folder does not exist. */
  | 'SPOOKY_CONFIG_MISSING_FILE'
  /** A schedule names a backend that the file does not have. */
  | 'SPOOKY_CONFIG_UNKNOWN_BACKEND'
  /** The payload of a schedule does not match the schema of its route. */
  | 'SPOOKY_CONFIG_BAD_PAYLOAD'
  /** The path is not a route of the backend's spec. */
  | 'SPOOKY_CONFIG_UNKNOWN_ROUTE'
  /** The package.json has no script with this name. */
  | 'SPOOKY_CONFIG_UNKNOWN_SCRIPT'
  /** Two backends use the same job table. */
  | 'SPOOKY_CONFIG_SHARED_TABLE'
  /** Two backends with a `dev` command use the same port. */
  | 'SPOOKY_CONFIG_SHARED_PORT'
  /** The OpenAPI spec has an error, or uses something that is not supported. */
  | 'SPOOKY_CONFIG_BAD_SPEC'
  /** A warning: no job can call a POST operation of the spec as it is written. */
  | 'SPOOKY_CONFIG_UNUSED_OPERATION'
  /** The database engine rejects a SurrealQL file of the schema. */
  | 'SPOOKY_CONFIG_BAD_SCHEMA'
  /** A field looks protected but is not: its permission depends on the row, or it is a reference. */
  | 'SPOOKY_CONFIG_UNSAFE_FIELD'
  /** The schema calls a function that no schema file defines. */
  | 'SPOOKY_CONFIG_UNKNOWN_FUNCTION'
  /**
   * A table is defined without PERMISSIONS, so it is unclear whether it should be closed, or only its fields are
   * defined.
   */
  | 'SPOOKY_CONFIG_NO_PERMISSIONS'
  /** The name of a table starts with the prefix of internal tables. */
  | 'SPOOKY_CONFIG_RESERVED_TABLE'
  /**
   * A warning: a select permission cannot be compiled or a field is computed, so live views query the engine for every
   * reader.
   */
  | 'SPOOKY_CONFIG_SLOW_PERMISSION'
  /**
   * A warning: a select permission compares a field with the reader, and no index starts with that field, so lists read
   * the whole table.
   */
  | 'SPOOKY_CONFIG_UNINDEXED_KEY'
  /** The job table lacks a field, index or event that the runner needs. */
  | 'SPOOKY_CONFIG_BAD_JOB_TABLE'
  /**
   * A guard of the job table is missing or too strict: users may do what only the runner may, or may not do what they
   * must.
   */
  | 'SPOOKY_CONFIG_BAD_JOB_GUARD'
  /** A line of an env-file is not KEY=VALUE. */
  | 'SPOOKY_CONFIG_BAD_ENV_FILE';

/** One problem and its position. */
export interface ConfigIssue {
  readonly code: ConfigIssueCode;
  /** Absolute path of the file: sp00ky.yml, an OpenAPI spec or an env-file. */
  readonly file: string;
  /** Starts at 1. */
  readonly line: number;
  /** Starts at 1. Counts UTF-16 units, as editors do. */
  readonly column: number;
  /** Dotted path inside the file (`backends.api.baseUrl`). Empty for the file as a whole. */
  readonly path: string;
  /** What is wrong, then what to write instead. Never contains a secret or the value of a variable. */
  readonly message: string;
  /** Set for warnings. Without it the issue is an error. */
  readonly severity?: 'warning';
}

/** All problems of a configuration. `message` has one line per issue. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  /** `SPOOKY_CONFIG_NOT_FOUND` if there is no file, otherwise `SPOOKY_CONFIG_INVALID`. */
  readonly code:
    | 'SPOOKY_CONFIG_NOT_FOUND'
    /** Something is wrong with the configuration. Each issue has its own code from this list. */
    | 'SPOOKY_CONFIG_INVALID';
  readonly issues: readonly ConfigIssue[];

  constructor(issues: readonly ConfigIssue[], cwd: string) {
    super(issues.map((issue) => formatIssue(issue, cwd)).join('\n'));
    this.code = issues[0]?.code === 'SPOOKY_CONFIG_NOT_FOUND' ? 'SPOOKY_CONFIG_NOT_FOUND' : 'SPOOKY_CONFIG_INVALID';
    this.issues = issues;
  }
}

/**
 * Formats an issue as `sp00ky.yml:12:5 backends.api.baseUrl: what is wrong; what to write instead`. The file is
 * relative to `cwd`.
 */
export function formatIssue(issue: ConfigIssue, cwd: string): string {
  const file = path.relative(cwd, issue.file) || issue.file;
  const place = issue.path === '' ? '' : ` ${issue.path}`;
  const severity = issue.severity === undefined ? '' : ` ${issue.severity}:`;
  return `${file}:${issue.line}:${issue.column}${place}:${severity} ${issue.message}`;
}

/** Sorts issues by position. Issues of the config stay before those of the files that it names. */
export function inReadingOrder(issues: readonly ConfigIssue[]): ConfigIssue[] {
  const files = [...new Set(issues.map((issue) => issue.file))];
  return issues.toSorted(
    (a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line || a.column - b.column,
  );
}
