import type { Answer } from './answer.ts';

export interface FailureContext {
  /** The backend's host and port. */
  readonly host: string;
  /** The time limit of the attempt, in milliseconds. */
  readonly timeoutMs: number;
  /** Whether the call ended because of that limit. */
  readonly timedOut: boolean;
  readonly connectTimeoutMs: number;
  readonly bodyTimeoutMs: number;
}

/** Explains to a person why no complete answer arrived. Shows only known codes, never an error's own text. */
export function explainFailure(error: unknown, call: FailureContext): Answer {
  const backend = `The backend at ${call.host}`;
  if (call.timedOut) return timeout(`${backend} did not answer within ${seconds(call.timeoutMs)}.`);
  const code = codeOf(error);
  switch (code) {
    case 'ECONNREFUSED':
      return unreachable(`${backend} refused the connection.`);
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return unreachable(`${backend} could not be found: its name has no address.`);
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return unreachable(`${backend} cannot be reached over the network.`);
    case 'ECONNRESET':
    case 'EPIPE':
    case 'UND_ERR_SOCKET':
    case 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH':
      return unreachable(`${backend} closed the connection before it had answered.`);
    case 'UND_ERR_CONNECT_TIMEOUT':
    case 'ETIMEDOUT':
      return timeout(`${backend} did not accept a connection within ${seconds(call.connectTimeoutMs)}.`);
    case 'UND_ERR_BODY_TIMEOUT':
      return timeout(`${backend} stopped in the middle of its answer for ${seconds(call.bodyTimeoutMs)}.`);
    case 'UND_ERR_HEADERS_OVERFLOW':
      return unreachable(`${backend} sent more headers than the limit.`);
  }
  if (error instanceof Error && error.name === 'HTTPParserError') {
    return unreachable(`${backend} answered with something that is not HTTP.`);
  }
  return unreachable(`${backend} could not be called${code === undefined ? '' : ` (${code})`}.`);
}

/** The code of the error, or of its cause: undici wraps some errors. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'UND_ERR_SOCKET' || typeof code !== 'string') return codeOf(error.cause) ?? code;
  return /^[A-Z][A-Z0-9_]{1,63}$/.test(code) ? code : undefined;
}

function unreachable(reason: string): Answer {
  return { kind: 'unanswered', code: 'backend_unreachable', reason };
}

function timeout(reason: string): Answer {
  return { kind: 'unanswered', code: 'backend_timeout', reason };
}

function seconds(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${Math.round(ms / 100) / 10} s`;
}
