/*
 * One POST on a connection pool, from the request to the last byte of the answer.
 *
 *   waiting for a connection ──▶ sent ──▶ head ──▶ body ──▶ ended
 *        └──────────────┴── timeout, abort, error ──┴──────────▶ ended; the connection is closed too
 *
 * Uses undici's `dispatch` directly: its `request` creates a stream for every answer and an abort signal for every
 * call, which takes about a quarter longer for answers as short as these.
 */
import type { Dispatcher } from 'undici';

export interface CallOptions {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** From waiting for a connection to the last byte, in milliseconds. */
  readonly timeoutMs: number;
  /** The limit for the answer's body. A longer body is not read to its end. */
  readonly maxBytes: number;
}

/** How a call ended. */
export type CallEnd =
  | AnsweredCall
  | { readonly kind: 'timeout' }
  | { readonly kind: 'aborted' }
  | { readonly kind: 'error'; readonly error: Error };

/** A complete response, with the headers that matter to the runner. */
export interface AnsweredCall {
  readonly kind: 'answered';
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  /** As received, still encoded; undefined if it is longer than allowed. */
  readonly body: Buffer | undefined;
}

export interface Call {
  /** Aborts the call, unless it has ended. */
  abort(): void;
}

/** Starts a call. `onEnd` is called exactly once, and never before this function returns. */
export function startCall(pool: Dispatcher, options: CallOptions, onEnd: (end: CallEnd) => void): Call {
  const call = new PendingCall(options, onEnd);
  const { path, headers, body } = options;
  pool.dispatch({ method: 'POST', path, headers, body }, call);
  return call;
}

class PendingCall implements Dispatcher.DispatchHandler, Call {
  readonly #maxBytes: number;
  readonly #onEnd: (end: CallEnd) => void;
  readonly #timer: NodeJS.Timeout;
  #controller: Dispatcher.DispatchController | undefined;
  #ended = false;
  #status = 0;
  #headers: NodeJS.Dict<string | string[]> = {};
  readonly #chunks: Buffer[] = [];
  #size = 0;

  constructor({ timeoutMs, maxBytes }: CallOptions, onEnd: (end: CallEnd) => void) {
    this.#maxBytes = maxBytes;
    this.#onEnd = onEnd;
    this.#timer = setTimeout(() => this.#abort({ kind: 'timeout' }), timeoutMs);
  }

  abort(): void {
    this.#abort({ kind: 'aborted' });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#ended) controller.abort(new Error('the call has ended'));
  }

  onResponseStart(_: unknown, status: number, headers: NodeJS.Dict<string | string[]>): void {
    // 103 and other informational responses precede the answer.
    if (status < 200) return;
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_: unknown, chunk: Buffer): void {
    this.#size += chunk.length;
    if (this.#size > this.#maxBytes) this.#abort(this.#answer(undefined));
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const [first] = this.#chunks;
    this.#end(this.#answer(this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks)));
  }

  onResponseError(_: unknown, error: Error): void {
    this.#end({ kind: 'error', error });
  }

  #answer(body: Buffer | undefined): CallEnd {
    const { 'retry-after': retryAfter, 'content-type': type, 'content-encoding': encoding } = this.#headers;
    return {
      kind: 'answered',
      status: this.#status,
      // If the header occurs twice, it is unclear which one applies.
      retryAfter: typeof retryAfter === 'string' ? retryAfter : undefined,
      contentType: typeof type === 'string' ? type : undefined,
      // Two headers mean the same as one with a comma.
      contentEncoding: Array.isArray(encoding) ? encoding.join() : encoding,
      body,
    };
  }

  #end(end: CallEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#onEnd(end);
  }

  /** Also closes the connection. If there is none yet, `onRequestStart` closes it later. */
  #abort(end: CallEnd): void {
    this.#end(end);
    this.#controller?.abort(new Error('the call has ended'));
  }
}
