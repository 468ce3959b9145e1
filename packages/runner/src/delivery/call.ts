/*
 * One POST on a pool of connections, from the request to the last byte of its answer.
 *
 *   waiting for a connection ──▶ sent ──▶ head ──▶ body ──▶ ended
 *        └──────────────┴── timeout, cut, error ──┴──────────▶ ended; the connection goes with it
 *
 * Written against undici's `dispatch`: its `request` makes a stream of every answer and an abort signal of every call,
 * which takes about a quarter longer for answers as short as these.
 */
import type { Dispatcher } from 'undici';

export interface CallOptions {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** From the first wish for a connection to the last byte, in milliseconds. */
  readonly timeoutMs: number;
  /** Of the answer's body; a longer one is not read to its end. */
  readonly maxBytes: number;
}

export type CallEnd =
  | AnsweredCall
  | { readonly kind: 'timeout' }
  | { readonly kind: 'cut' }
  | { readonly kind: 'error'; readonly error: Error };

export interface AnsweredCall {
  readonly kind: 'answered';
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  /** As it came, still encoded; undefined when it is longer than it may be. */
  readonly body: Buffer | undefined;
}

export interface Call {
  /** Ends it at once, unless it has ended. */
  cut(): void;
}

/** Starts a call; `onEnd` is told once how it ended, never before this returns. */
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
    this.#timer = setTimeout(() => this.#endNow({ kind: 'timeout' }), timeoutMs);
  }

  cut(): void {
    this.#endNow({ kind: 'cut' });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#ended) controller.abort(new Error('the call has ended'));
  }

  onResponseStart(_: unknown, status: number, headers: NodeJS.Dict<string | string[]>): void {
    // 103 and the like only announce the answer.
    if (status < 200) return;
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_: unknown, chunk: Buffer): void {
    this.#size += chunk.length;
    if (this.#size > this.#maxBytes) this.#endNow(this.#answer(undefined));
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
      // Of two there is no telling which one is meant.
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

  /** Also gives up the connection. Without one yet, `onRequestStart` does so when it comes. */
  #endNow(end: CallEnd): void {
    this.#end(end);
    this.#controller?.abort(new Error('the call has ended'));
  }
}
