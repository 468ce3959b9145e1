import type { AnsweredCall } from './call.ts';
import { textOf } from './charset.ts';
import { decodeContent } from './content-encoding.ts';

/** How one attempt ended, before `decide` turns it into an outcome. */
export type Answer =
  | Answered
  /** Nothing was sent, because the job's path or payload is not allowed. */
  | { readonly kind: 'refused'; readonly code: string; readonly reason: string }
  /** No complete answer arrived. */
  | { readonly kind: 'unanswered'; readonly code: 'backend_unreachable' | 'backend_timeout'; readonly reason: string }
  /** The runner aborted the call. */
  | { readonly kind: 'aborted'; readonly cause: AbortCause };

/** The backend answered. `json` is undefined if the body is empty or `unread`. */
export interface Answered extends Content {
  readonly kind: 'answered';
  readonly status: number;
  readonly retryAfter?: string;
}

/** The content of a response body. */
export interface Content {
  readonly json?: unknown;
  /** The content type marks `json` as a problem document (RFC 9457), with a `title` and a `detail`. */
  readonly problem?: true;
  /** Why there is no `json` although there is a body. */
  readonly unread?: Unread;
}

/** Why a body was not read as JSON. */
export type Unread = 'too long' | 'no JSON' | 'too deep';

export interface ReadOptions {
  /** The limit for the body in bytes, before and after decoding. A longer body is not read. */
  readonly maxBytes: number;
  /** The backend's token, which a careless backend may echo. It is replaced before anything reaches the row. */
  readonly secret: string | undefined;
}

/** `lost` means that this runner may no longer own the job: it writes nothing more about it. */
export type AbortCause = 'cancelled' | 'shutdown' | 'lost';

/** No screen needs deeper JSON. A gateway sends at most 32 levels to a page, and the row itself is one. */
const MAX_DEPTH = 31;

const EMPTY: Content = {};
const PROBLEM = /^application\/problem\+json\s*(;|$)/i;

/**
 * Reads the body of an answer as JSON, whatever its content type: decodes it, converts its charset and removes the
 * secret. An unusable body leaves the decision to the status code, which says whether the backend did its work.
 */
export function readContent(answer: AnsweredCall, { maxBytes, secret }: ReadOptions): Content {
  const { body, contentType, contentEncoding } = answer;
  if (body === undefined) return { unread: 'too long' };
  if (body.length === 0) return EMPTY;
  let bytes = body;
  if (contentEncoding !== undefined) {
    const decoded = decodeContent(body, contentEncoding, maxBytes);
    if (decoded.kind === 'too long') return { unread: 'too long' };
    bytes = decoded.bytes;
    if (bytes.length === 0) return EMPTY;
  }
  const text = textOf(bytes, contentType);
  const content = parseJson(secret ? text.replaceAll(secret, '[redacted]') : text);
  const isProblem = contentType !== undefined && PROBLEM.test(contentType);
  return isProblem && content.unread === undefined ? { ...content, problem: true } : content;
}

function parseJson(text: string): Content {
  let json: unknown;
  try {
    json = JSON.parse(text, LARGE.test(text) ? keepDigits : undefined);
  } catch {
    return { unread: 'no JSON' };
  }
  return isShallow(json, MAX_DEPTH) ? { json } : { unread: 'too deep' };
}

function isShallow(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.values(value).every((item) => isShallow(item, depth - 1));
}

/** Finds numbers that JavaScript may not be able to hold: sixteen digits, or an exponent. */
const LARGE = /\d{16}|\d[eE]/;
const INTEGER = /^-?\d+$/;

/**
 * A whole number beyond 2^53, such as the id of another service, would lose its last digits, and 1e400 would be
 * infinity. The result contains both as text, exactly as the backend wrote them.
 */
function keepDigits(_: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number') return value;
  const source = context?.source ?? String(value);
  const isLost = !Number.isFinite(value) || (!Number.isSafeInteger(value) && INTEGER.test(source));
  return isLost ? source : value;
}
