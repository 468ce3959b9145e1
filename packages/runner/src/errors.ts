/** Errors of a runner itself; errors of a job are on its row. The codes are stable: programs may switch on them. */
export type RunnerErrorCode =
  /** An option has the wrong type or range. */
  | 'SPOOKY_RUNNER_BAD_OPTIONS'
  /** The database cannot be reached; the runner keeps trying. */
  | 'SPOOKY_RUNNER_DATABASE_AWAY'
  /** The database is connected but did not answer in time. */
  | 'SPOOKY_RUNNER_DATABASE_SILENT'
  /** The runner's HTTP server cannot bind its port or address. */
  | 'SPOOKY_RUNNER_CANNOT_LISTEN'
  /** The database rejects the runner's username or password. */
  | 'SPOOKY_RUNNER_SIGN_IN_REFUSED'
  /** The runner was stopped before it had started, or is not running. */
  | 'SPOOKY_RUNNER_STOPPED';

/** The reasons for which the runner's HTTP server refuses a request. Stable: backends may switch on them. */
export type ServerErrorCode =
  /** 401: the progress report does not carry the bearer token of its attempt. */
  | 'SPOOKY_RUNNER_PROGRESS_UNAUTHORIZED'
  /** 404: the runner has no such path. */
  | 'SPOOKY_RUNNER_NO_SUCH_ROUTE'
  /** 404: the running process never made this attempt. */
  | 'SPOOKY_RUNNER_NO_SUCH_ATTEMPT'
  /** 405: progress requires POST, every other path GET. */
  | 'SPOOKY_RUNNER_METHOD_NOT_ALLOWED'
  /** 409: the attempt has ended, so it accepts no more reports. */
  | 'SPOOKY_RUNNER_ATTEMPT_OVER'
  /** 413: the report is longer than 4 KiB. */
  | 'SPOOKY_RUNNER_BODY_TOO_LARGE'
  /** 422: the report is not `{ value, note }`, or a value is out of range. */
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
