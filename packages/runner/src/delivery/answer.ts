import type { AnsweredCall } from './call.ts';
import { textOf } from './charset.ts';
import { decodeContent } from './content-encoding.ts';

/** How one attempt ended, before anything is decided about it. */
export type Answer =
  | Answered
  /** Nothing was sent: the job asks for what it must not. */
  | { readonly kind: 'refused'; readonly code: string; readonly reason: string }
  /** No whole answer came. */
  | { readonly kind: 'unanswered'; readonly code: 'backend_unreachable' | 'backend_timeout'; readonly reason: string }
  /** The runner cut the call short. */
  | { readonly kind: 'aborted'; readonly cause: AbortCause };

/** The backend answered. `json` is undefined when the body is empty or `unread`. */
export interface Answered extends Content {
  readonly kind: 'answered';
  readonly status: number;
  readonly retryAfter?: string;
}

/** What a body says. */
export interface Content {
  readonly json?: unknown;
  /** The type of the body says that `json` is a problem document (RFC 9457), with a `title` and a `detail`. */
  readonly problem?: true;
  /** Why there is no `json`, though there is a body. */
  readonly unread?: Unread;
}

export type Unread = 'too long' | 'no JSON' | 'too deep';

export interface ReadOptions {
  /** Of the body, before and after it is decoded; a longer one is not read. */
  readonly maxBytes: number;
  /** What a careless backend may echo; it never reaches the row. */
  readonly secret: string | undefined;
}

/** `lost` is a claim that another runner may hold by now: nothing more is written about it. */
export type AbortCause = 'cancelled' | 'shutdown' | 'lost';

/** Deeper JSON is nothing the database or a screen wants. */
const MAX_DEPTH = 32;

const EMPTY: Content = {};
const PROBLEM = /^application\/problem\+json\s*(;|$)/i;

/**
 * Reads the body of an answer as JSON, whatever its type says: decoded, as text of its charset, with the secret cut out.
 * A body that is no use leaves the decision to the status: the backend has done its work, or says that it has not.
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
    json = JSON.parse(text, LARGE.test(text) ? storable : undefined);
  } catch {
    return { unread: 'no JSON' };
  }
  return isShallow(json, MAX_DEPTH) ? { json } : { unread: 'too deep' };
}

function isShallow(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.values(value).every((item) => isShallow(item, depth - 1));
}

/** The text may hold a number that is larger than the database's: sixteen digits, or an exponent. */
const LARGE = /\d{16}|\d[eE]/;

/** Such a number cannot even be sent to the database; it stands in the result as text. */
function storable(_: string, value: unknown): unknown {
  if (typeof value !== 'number') return value;
  return Number.isSafeInteger(value) || (Number.isFinite(value) && !Number.isInteger(value)) ? value : String(value);
}
