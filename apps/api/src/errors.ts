/**
 * Every error answer of this backend. `code` is stable. `status` decides what the runner does: a 4xx other than 408, 409,
 * 425 and 429 is final, everything else is retried. The job's owner sees `message` among the details of a failed attempt,
 * so it never contains a secret, a stack trace or another person's data.
 */
const CATALOGUE = {
  SPOOKY_API_UNAUTHORIZED: {
    status: 401,
    message: 'The bearer token is missing or wrong; send the one this backend was started with.',
  },
  SPOOKY_API_NO_SUCH_ROUTE: {
    status: 404,
    message: 'This backend has no such route; call a route of its OpenAPI spec.',
  },
  SPOOKY_API_REQUEST_MALFORMED: {
    status: 400,
    message: 'The request could not be read; send a JSON body with the header Content-Type: application/json.',
  },
  SPOOKY_API_BODY_TOO_LARGE: { status: 413, message: 'The request body is too large; send at most 64 KiB.' },
  SPOOKY_API_KEY_MISSING: {
    status: 400,
    message:
      'The request has no usable Idempotency-Key; send 1 to 1024 printable ASCII characters, such as the job id.',
  },
  SPOOKY_API_KEY_REUSED: {
    status: 422,
    message: 'This Idempotency-Key was already used for other work; use a new key for new work.',
  },
  SPOOKY_API_PAYLOAD_INVALID: { status: 422, message: 'The payload does not match the schema of this route.' },
  SPOOKY_API_FORBIDDEN: {
    status: 403,
    message: 'The user who made this job may not run it for this record; only the owner of the record may.',
  },
  SPOOKY_API_DATABASE_AWAY: { status: 503, message: 'The database is unreachable at the moment; try again soon.' },
  SPOOKY_API_STOPPING: { status: 503, message: 'The backend is restarting; try again soon.' },
  SPOOKY_API_CALL_ABORTED: { status: 499, message: 'The caller disconnected before the answer was ready.' },
  SPOOKY_API_INTERNAL: { status: 500, message: 'The backend failed unexpectedly; its log shows the cause.' },
  // Of the route /spookify.
  SPOOKY_API_THREAD_MISSING: { status: 404, message: 'The thread no longer exists.' },
  SPOOKY_API_THREAD_CHANGED: {
    status: 409,
    message: 'The thread was edited while it was being rewritten; the next attempt uses the new text.',
  },
  SPOOKY_API_BUSY: { status: 503, message: 'The writer is busy; try again later.' },
  SPOOKY_API_WRITER_STUCK: { status: 503, message: 'The writer did not answer in time and was stopped; try again.' },
  SPOOKY_API_WRITER_CRASHED: { status: 503, message: 'The writer stopped before it finished; try again.' },
  SPOOKY_API_MODEL_KEY_REFUSED: {
    status: 424,
    message: 'The AI service rejected the API key; the operator of this app must set a valid OPENAI_API_KEY.',
  },
  SPOOKY_API_MODEL_NO_CREDIT: {
    status: 424,
    message: 'The account at the AI service has no credit left; the operator of this app must add some.',
  },
  SPOOKY_API_MODEL_UNKNOWN: {
    status: 424,
    message: 'The AI service does not have the model; the operator must set OPENAI_MODEL to one that it has.',
  },
  SPOOKY_API_MODEL_ADDRESS_WRONG: {
    status: 424,
    message:
      'There is no AI service at its address; the operator must check OPENAI_BASE_URL, which often ends with /v1.',
  },
  SPOOKY_API_MODEL_REQUEST_REFUSED: {
    status: 424,
    message: 'The AI service rejected the request; the operator must check OPENAI_MODEL and OPENAI_BASE_URL.',
  },
  SPOOKY_API_MODEL_TEXT_TOO_LONG: {
    status: 413,
    message: 'The text or its new version is too long for the AI model; shorten the thread, then try again.',
  },
  SPOOKY_API_MODEL_DECLINED: {
    status: 422,
    message: 'The AI declined to rewrite this text; edit the thread, then try again.',
  },
  SPOOKY_API_MODEL_BUSY: {
    status: 503,
    message: 'The AI service accepts no more requests at the moment; try again later.',
  },
  SPOOKY_API_MODEL_AWAY: { status: 503, message: 'The AI service did not answer; try again.' },
  SPOOKY_API_MODEL_ANSWER_UNUSABLE: { status: 502, message: 'The AI returned an unusable answer; try again.' },
} as const satisfies Record<string, { status: number; message: string }>;

/** The stable names of all errors of a request. */
export type ApiErrorCode = keyof typeof CATALOGUE;

/** Details of an error besides its code. */
export interface ApiErrorOptions {
  /** Replaces the message of the catalogue. The job's owner sees it. */
  message?: string;
  /** Added to the message: the reason of another service. The job's owner sees it. */
  detail?: string;
  /** The number of whole seconds after which a retry makes sense; sent as `Retry-After`. */
  retryAfterSeconds?: number | undefined;
  /** For the log only. */
  cause?: unknown;
}

/** An error answer: the status, the code and a message that the job's owner may read. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ApiErrorCode;
  readonly statusCode: number;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ApiErrorCode, options: ApiErrorOptions = {}) {
    const entry = CATALOGUE[code];
    const message = options.message ?? entry.message;
    super(options.detail ? `${message} The reason: ${options.detail}` : message, { cause: options.cause });
    this.code = code;
    this.statusCode = entry.status;
    // A 503 always has `Retry-After`; without it the runner uses its own schedule.
    this.retryAfterSeconds = options.retryAfterSeconds ?? (entry.status === 503 ? 1 : undefined);
  }
}

/** Why the backend does not start. */
type StartErrorCode =
  /** The environment lacks a variable or has a wrong value; the message lists all of them. */
  | 'SPOOKY_API_SETTINGS'
  /** The OpenAPI spec and the code do not name the same routes. */
  | 'SPOOKY_API_ROUTES';

/** Thrown before the backend listens. */
export class StartError extends Error {
  override readonly name = 'StartError';
  readonly code: StartErrorCode;
  /** All issues that were found. */
  readonly issues: readonly string[];

  constructor(code: StartErrorCode, issues: readonly string[], options?: ErrorOptions) {
    super(['The backend cannot start:', ...issues.map((issue) => `  - ${issue}`)].join('\n'), options);
    this.code = code;
    this.issues = issues;
  }
}
