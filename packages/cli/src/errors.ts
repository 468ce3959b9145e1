/** What the `spooky` command itself can fail with. Stable: programs may switch on it. */
export type CliErrorCode =
  /** The build needs a package that is not installed: after a rename, or an update. */
  | 'SPOOKY_CLI_NOT_BUILT'
  /** A program that a dev command needs is not on the PATH. */
  | 'SPOOKY_CLI_MISSING_PROGRAM'
  /** A secret is not set, and nobody can make it up. */
  | 'SPOOKY_CLI_MISSING_SECRET'
  /** Another process works on `.env` and does not finish. */
  | 'SPOOKY_CLI_ENV_FILE_BUSY'
  /** `spooky dev` already runs on this data. */
  | 'SPOOKY_CLI_ALREADY_RUNNING'
  /** No block of free ports was found. */
  | 'SPOOKY_CLI_NO_FREE_PORTS'
  /** A part of the stack did not start. */
  | 'SPOOKY_CLI_START_FAILED'
  /** An edit concerns what only a new start of `spooky dev` can change: the database. */
  | 'SPOOKY_CLI_NEEDS_NEW_START'
  /** The database gave up after the stack was up. */
  | 'SPOOKY_CLI_DATABASE_LOST'
  /** The database does not answer, or does not let us in. */
  | 'SPOOKY_CLI_DATABASE_UNREACHABLE'
  /** The database lacks a table of the engine: it was migrated by an earlier version. */
  | 'SPOOKY_CLI_NOT_MIGRATED'
  /** An applied migration is not what it was when it was applied. */
  | 'SPOOKY_CLI_MIGRATION_CHANGED'
  /** An applied migration is no longer there. */
  | 'SPOOKY_CLI_MIGRATION_MISSING'
  /** A file of the schema could not be applied. */
  | 'SPOOKY_CLI_MIGRATION_FAILED'
  /** An import or export was refused, failed in part, or broke off. */
  | 'SPOOKY_CLI_TRANSFER_FAILED'
  /** The data is not deleted: it was not confirmed, or it is not a folder of this machine. */
  | 'SPOOKY_CLI_RESET_REFUSED'
  /** The command line cannot be understood: no such command or option, or an argument of the wrong form. Exit code 2. */
  | 'SPOOKY_CLI_USAGE'
  /** An argument, or the variable in its place, has the wrong form or names what is not there. */
  | 'SPOOKY_CLI_BAD_ARGUMENT'
  /** The file, or what is to be added to one, is there already, and is yours. */
  | 'SPOOKY_CLI_FILE_EXISTS'
  /** The port of a new backend belongs to another part of the project, or another program uses it. */
  | 'SPOOKY_CLI_PORT_TAKEN'
  /** An outbox file cannot be upgraded: it has no marks, or comes from a later engine. */
  | 'SPOOKY_CLI_BAD_OUTBOX_FILE'
  /** There is no such job, or it is not in a state for what was asked. */
  | 'SPOOKY_CLI_NO_SUCH_JOB';

/** Thrown by every command. `message` says what is wrong and what to do. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly code: CliErrorCode;

  constructor(code: CliErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
