/** What a provider says about a request that it did not fulfil. Each part is missing if the provider leaves it out. */
export interface ProviderRefusal {
  /** The HTTP status. If an error has the status 200, its own code counts if it is a status, otherwise 200. */
  readonly status: number;
  /** Codes and types, such as `insufficient_quota rate_limit_error`. */
  readonly codes: string;
  /** The provider's reason. It can contain anything, also secrets. */
  readonly reason: string;
  /** The provider, or something in front of it, sent a web page. */
  readonly page: boolean;
}

const LONGEST = 2_000;

/** Thrown for an answer that is an error, whatever its status. */
export class RefusedByProvider extends Error {
  override readonly name = 'RefusedByProvider';
  readonly refusal: ProviderRefusal;
  readonly headers: Headers;

  constructor(refusal: ProviderRefusal, headers: Headers) {
    // Neither the reason nor the code stands in this message: the `openai` package searches it for words.
    super('the provider answered with an error');
    this.refusal = refusal;
    this.headers = headers;
  }
}

/**
 * Reads an error in each of the forms that providers send: `{ error: { message, code, type } }`, `{ error: "…" }`, the
 * same in a list, `{ detail }`, `{ message, code }`, an error inside of a choice, a web page, or plain text.
 *
 * @param body the parsed JSON, or undefined if the text is not JSON
 * @returns undefined if the answer has the status 200 and is not an error
 */
export function readRefusal(status: number, text: string, body: unknown): ProviderRefusal | undefined {
  const page = body === undefined && /^\s*<(?:!doctype|html|head|body)\b/i.test(text);
  if (page) return { status, codes: '', reason: bounded(titleOf(text)), page };
  const outer = objectOf(Array.isArray(body) ? body[0] : body);
  const error = outer.error ?? objectOf(Array.isArray(outer.choices) ? outer.choices[0] : undefined).error;
  const refused = status !== 200 || Boolean(error) || outer.object === 'error' || outer.type === 'error';
  if (!refused) return undefined;
  const inner = objectOf(error);
  const codes = [inner.code, inner.type, inner.status, outer.code, outer.type].filter(isText).join(' ');
  const reasons = [inner.message, error, outer.message, outer.detail, outer.error_description, body ?? text];
  const reason = reasons.find(
    (one) => Boolean(one) && (typeof one !== 'object' || one === body || one === outer.detail),
  );
  return {
    status: status === 200 ? (statusIn(inner.code) ?? statusIn(outer.code) ?? status) : status,
    codes: bounded(codes),
    reason: bounded(typeof reason === 'string' ? reason : reason === undefined ? '' : JSON.stringify(reason)),
    page,
  };
}

/** Searching a text of 4 MiB for words and secrets takes minutes. Only whole words are kept, so that no secret is cut. */
function bounded(text: string): string {
  return text.length <= LONGEST ? text : text.slice(0, LONGEST).replace(/\S*$/u, '');
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function statusIn(code: unknown): number | undefined {
  const status = Number(code);
  return Number.isInteger(status) && status >= 400 && status < 600 ? status : undefined;
}

function titleOf(page: string): string {
  return /<title[^<>]*>([^<]*)/i.exec(page)?.[1]?.trim() ?? '';
}
