/** The errors of the `spooky` command itself. Codes are stable, so programs can rely on them. */
export type CliErrorCode =
  /** The build needs a package that is not installed. This happens after a rename or an update. */
  | 'SPOOKY_CLI_NOT_BUILT'
  /** A program that a dev command needs is not on the PATH. */
  | 'SPOOKY_CLI_MISSING_PROGRAM'
  /** A secret is not set, and cannot be generated because another system defines it. */
  | 'SPOOKY_CLI_MISSING_SECRET'
  /** Another process has locked `.env` and does not release it. */
  | 'SPOOKY_CLI_ENV_FILE_BUSY'
  /** `.env` or its folder does not allow writing, so generated secrets cannot be stored. */
  | 'SPOOKY_CLI_ENV_FILE_UNWRITABLE'
  /** `spooky dev` already runs on this data. */
  | 'SPOOKY_CLI_ALREADY_RUNNING'
  /** No block of free ports was found. */
  | 'SPOOKY_CLI_NO_FREE_PORTS'
  /** A part of the stack did not start. */
  | 'SPOOKY_CLI_START_FAILED'
  /** An edit changes the database settings. They take effect when `spooky dev` is restarted. */
  | 'SPOOKY_CLI_NEEDS_NEW_START'
  /** The database failed too often while the stack was running. */
  | 'SPOOKY_CLI_DATABASE_LOST'
  /** The database does not answer, or refuses the user. */
  | 'SPOOKY_CLI_DATABASE_UNREACHABLE'
  /** The database lacks a table of the engine, because an earlier version migrated it. */
  | 'SPOOKY_CLI_NOT_MIGRATED'
  /** The file of an applied migration has changed. */
  | 'SPOOKY_CLI_MIGRATION_CHANGED'
  /** The file of an applied migration is missing. */
  | 'SPOOKY_CLI_MIGRATION_MISSING'
  /** A file of the schema could not be applied. */
  | 'SPOOKY_CLI_MIGRATION_FAILED'
  /** The database refused an import or export, a statement failed, or the connection broke. */
  | 'SPOOKY_CLI_TRANSFER_FAILED'
  /** `spooky db reset` was not confirmed, or the data is not in a folder on this machine. Nothing was deleted. */
  | 'SPOOKY_CLI_RESET_REFUSED'
  /** The command line is invalid: an unknown command or option, or an argument of the wrong form. Exit code 2. */
  | 'SPOOKY_CLI_USAGE'
  /** An argument, or its environment variable, has the wrong form or names something that does not exist. */
  | 'SPOOKY_CLI_BAD_ARGUMENT'
  /** What a command would create, a file or an entry of a file, exists already. Nothing is overwritten. */
  | 'SPOOKY_CLI_FILE_EXISTS'
  /** The port of a new backend belongs to another part of the project, or another program uses it. */
  | 'SPOOKY_CLI_PORT_TAKEN'
  /** An outbox file cannot be upgraded: it has no marks, or a newer engine wrote it. */
  | 'SPOOKY_CLI_BAD_OUTBOX_FILE'
  /** The job does not exist, or its status does not allow the request. */
  | 'SPOOKY_CLI_NO_SUCH_JOB';

/** The error of every command. `message` says what is wrong and what to do. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly code: CliErrorCode;

  constructor(code: CliErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
