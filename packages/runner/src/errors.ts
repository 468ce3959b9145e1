/** What can go wrong with a runner itself; what goes wrong with a job stands on its row. Stable: switch on it. */
export type RunnerErrorCode =
  /** An option has the wrong form or range. */
  | 'SPOOKY_RUNNER_BAD_OPTIONS'
  /** The database cannot be reached; the runner keeps trying. */
  | 'SPOOKY_RUNNER_DATABASE_AWAY'
  /** The database is connected but did not answer in time. */
  | 'SPOOKY_RUNNER_DATABASE_SILENT'
  /** The database does not accept the runner's name or password. */
  | 'SPOOKY_RUNNER_SIGN_IN_REFUSED'
  /** The runner was stopped before it had started, or is not running. */
  | 'SPOOKY_RUNNER_STOPPED';

/** An error of the runner. The message says what is wrong and what to do. */
export class RunnerError extends Error {
  override readonly name = 'RunnerError';
  readonly code: RunnerErrorCode;

  constructor(code: RunnerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
