/** What the runner's HTTP server refuses, and with which status. errors.ts explains the codes. */
import type { ServerErrorCode } from '../errors.ts';

export interface Refusal {
  readonly status: 401 | 404 | 405 | 409 | 413 | 422;
  readonly code: ServerErrorCode;
  readonly message: string;
}

export const REFUSALS = {
  unauthorized: {
    status: 401,
    code: 'SPOOKY_RUNNER_PROGRESS_UNAUTHORIZED',
    message: 'the token does not belong to this attempt; send X-Job-Progress-Token as Authorization: Bearer',
  },
  noRoute: {
    status: 404,
    code: 'SPOOKY_RUNNER_NO_SUCH_ROUTE',
    message: 'there is no such path; use /health, /ready, /metrics, or the X-Job-Progress-Url of an attempt',
  },
  noAttempt: {
    status: 404,
    code: 'SPOOKY_RUNNER_NO_SUCH_ATTEMPT',
    message: 'this runner never made such an attempt; report to the X-Job-Progress-Url of the call',
  },
  method: {
    status: 405,
    code: 'SPOOKY_RUNNER_METHOD_NOT_ALLOWED',
    message: 'the method is not allowed; use POST for progress, and GET for every other path',
  },
  over: {
    status: 409,
    code: 'SPOOKY_RUNNER_ATTEMPT_OVER',
    message: 'the attempt has ended; send no more reports for it',
  },
  tooLarge: {
    status: 413,
    code: 'SPOOKY_RUNNER_BODY_TOO_LARGE',
    message: 'the report is too large; send at most 4 KiB',
  },
} as const satisfies Record<string, Refusal>;

export function invalidReport(what: string): Refusal {
  return { status: 422, code: 'SPOOKY_RUNNER_PROGRESS_INVALID', message: what };
}
