/** What can go wrong with a runner itself; what goes wrong with a job stands on its row. Stable: switch on it. */
export type RunnerErrorCode =
  /** An option has the wrong form or range. */
  | 'SPOOKY_RUNNER_BAD_OPTIONS'
  /** The database cannot be reached; the runner keeps trying. */
  | 'SPOOKY_RUNNER_DATABASE_AWAY'
  /** The database is connected but did not answer in time. */
  | 'SPOOKY_RUNNER_DATABASE_SILENT'
  /** The runner's HTTP server has no port, or not the address it was given. */
  | 'SPOOKY_RUNNER_CANNOT_LISTEN'
  /** The database does not accept the runner's name or password. */
  | 'SPOOKY_RUNNER_SIGN_IN_REFUSED'
  /** The runner was stopped before it had started, or is not running. */
  | 'SPOOKY_RUNNER_STOPPED';

/** What the runner's HTTP server refuses a request with. Stable: backends may switch on it. */
export type ServerErrorCode =
  /** 401: the report of progress lacks the bearer of its attempt. */
  | 'SPOOKY_RUNNER_PROGRESS_UNAUTHORIZED'
  /** 404: the path is none of the runner's. */
  | 'SPOOKY_RUNNER_NO_SUCH_ROUTE'
  /** 404: this runner, as it runs now, never made the attempt. */
  | 'SPOOKY_RUNNER_NO_SUCH_ATTEMPT'
  /** 405: progress wants POST, everything else GET. */
  | 'SPOOKY_RUNNER_METHOD_NOT_ALLOWED'
  /** 409: the attempt has ended, so nothing more is to be reported of it. */
  | 'SPOOKY_RUNNER_ATTEMPT_OVER'
  /** 413: the report is longer than 4 KiB. */
  | 'SPOOKY_RUNNER_BODY_TOO_LARGE'
  /** 422: the report is not `{ value, note }`, or out of bounds. */
  | 'SPOOKY_RUNNER_PROGRESS_INVALID';

/** An error of the runner. The message says what is wrong and what to do. */
export class RunnerError extends Error {
  override readonly name = 'RunnerError';
  readonly code: RunnerErrorCode;

  constructor(code: RunnerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
