/** How one attempt ended, before anything is decided about it. */
export type Answer =
  /** The backend answered. `json` is undefined when the body is empty, no JSON, or over the limits. */
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfter?: string; readonly json?: unknown }
  /** Nothing was sent: the job asks for what it must not. */
  | { readonly kind: 'refused'; readonly code: string; readonly reason: string }
  /** No whole answer came. */
  | { readonly kind: 'unanswered'; readonly code: 'backend_unreachable' | 'backend_timeout'; readonly reason: string }
  /** The runner cut the call short. */
  | { readonly kind: 'aborted'; readonly cause: AbortCause };

/** `lost` is a claim that another runner may hold by now: nothing more is written about it. */
export type AbortCause = 'cancelled' | 'shutdown' | 'lost';

/** Deeper JSON is nothing the database or a screen wants. */
const MAX_DEPTH = 32;

/**
 * The JSON of an answer's body; undefined for an empty body, one that is too long (itself undefined), or no JSON.
 *
 * @param secret what a careless backend may echo; it never reaches the row
 */
export function readJson(body: Buffer | undefined, secret?: string): unknown {
  if (body === undefined || body.length === 0) return undefined;
  const text = body.toString('utf8');
  return parseJson(secret ? text.replaceAll(secret, '[redacted]') : text);
}

function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text, LARGE.test(text) ? storable : undefined);
    return isShallow(value, MAX_DEPTH) ? value : undefined;
  } catch {
    return undefined;
  }
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
