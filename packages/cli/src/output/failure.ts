/** An error as it is printed. */
export interface Failure {
  readonly code: string;
  readonly message: string;
}

export function asFailure(error: unknown): Failure {
  if (!(error instanceof Error)) return { code: 'SPOOKY_CLI_UNEXPECTED', message: String(error) };
  if ('code' in error && error.code === 'ERR_MODULE_NOT_FOUND') {
    const remedy = 'the build does not match the installed packages; run npm install && npm run build';
    return { code: 'SPOOKY_CLI_NOT_BUILT', message: `${error.message}: ${remedy}` };
  }
  if ('code' in error && typeof error.code === 'string') return { code: error.code, message: error.message };
  // This is a defect of ours, and the stack helps to find it.
  return { code: 'SPOOKY_CLI_UNEXPECTED', message: error.stack ?? error.message };
}
