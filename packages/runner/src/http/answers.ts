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
    message: 'the bearer is not the one of this attempt; send X-Job-Progress-Token as Authorization: Bearer',
  },
  noRoute: {
    status: 404,
    code: 'SPOOKY_RUNNER_NO_SUCH_ROUTE',
    message: 'there is only /health, /ready, /metrics, and the X-Job-Progress-Url of each attempt',
  },
  noAttempt: {
    status: 404,
    code: 'SPOOKY_RUNNER_NO_SUCH_ATTEMPT',
    message: 'this runner never made such an attempt; report to the X-Job-Progress-Url of the call',
  },
  method: {
    status: 405,
    code: 'SPOOKY_RUNNER_METHOD_NOT_ALLOWED',
    message: 'progress is reported by POST, everything else is read by GET',
  },
  over: { status: 409, code: 'SPOOKY_RUNNER_ATTEMPT_OVER', message: 'the attempt is over; report no more of it' },
  tooLarge: {
    status: 413,
    code: 'SPOOKY_RUNNER_BODY_TOO_LARGE',
    message: 'a report has at most 4 KiB',
  },
} as const satisfies Record<string, Refusal>;

export function invalidReport(what: string): Refusal {
  return { status: 422, code: 'SPOOKY_RUNNER_PROGRESS_INVALID', message: what };
}
