/** What can go wrong with a runner itself; what goes wrong with a job stands on its row. Stable: switch on it. */
export type RunnerErrorCode =
  | 'SPOOKY_RUNNER_BAD_OPTIONS'
  | 'SPOOKY_RUNNER_DATABASE_AWAY'
  | 'SPOOKY_RUNNER_DATABASE_SILENT'
  | 'SPOOKY_RUNNER_SIGN_IN_REFUSED'
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
