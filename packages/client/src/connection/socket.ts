import { CLOSE_REASONS, type ClientFrame, PROTOCOL, type ServerFrame } from '@spookify/gateway/wire';
import type { Tap } from '../inspection.ts';
import { FramePace } from './frame-pace.ts';
import { endOf, type SocketEnd } from './socket-end.ts';

export type Hello = Extract<ServerFrame, { type: 'hello' }>;

export interface SocketOptions {
  /** Opens the WebSocket with the credentials of the session. */
  readonly dial: () => WebSocket;
  /** URL of the gateway, for messages. */
  readonly base: string;
  /** Called with every frame after `hello`. */
  readonly onFrame: (frame: ServerFrame) => void;
  /** Where each frame is reported. Default: nowhere. */
  readonly tap?: Tap | undefined;
}

const HELLO_TIMEOUT_MS = 10_000;
const HEARTBEAT_MS = 20_000;
const HEARTBEAT_TIMEOUT_MS = 10_000;
const CLOSE_NORMAL = 1000;

/**
 * One WebSocket to a gateway, from the attempt to its end. The gateway sends hello first. A socket is never reopened.
 */
export class Socket {
  readonly #options: SocketOptions;
  readonly #socket: WebSocket;
  readonly #pace: FramePace;
  readonly #heartbeat: ReturnType<typeof setInterval>;
  #patience: ReturnType<typeof setTimeout> | undefined;
  readonly #hello = Promise.withResolvers<Hello | undefined>();
  readonly #ended = Promise.withResolvers<SocketEnd>();
  /** The largest frame that was sent. If the gateway refuses one for its size, it refuses this one too. */
  #largest: { readonly frame: ClientFrame; readonly length: number } | undefined;
  #isOpen = false;
  #isOver = false;

  constructor(options: SocketOptions) {
    this.#options = options;
    this.#socket = options.dial();
    this.#pace = new FramePace((text) => {
      options.tap?.listener?.({ kind: 'sent', frame: JSON.parse(text), text });
      this.#socket.send(text);
    });
    this.#heartbeat = setInterval(() => this.probe(), HEARTBEAT_MS);
    this.#expectFrame(HELLO_TIMEOUT_MS);
    this.#socket.addEventListener('message', ({ data }) => this.#receive(data));
    this.#socket.addEventListener('close', ({ code, reason }) => this.#finish(endOf(options.base, code, reason)));
    // The close event follows with all details.
    this.#socket.addEventListener('error', () => undefined);
  }

  /** Resolves when the gateway has sent hello, or with undefined if the socket ends before. Never rejects. */
  get hello(): Promise<Hello | undefined> {
    return this.#hello.promise;
  }

  /** Resolves when the socket has ended. Never rejects. */
  get ended(): Promise<SocketEnd> {
    return this.#ended.promise;
  }

  /** Whether frames may be sent: hello has arrived and the socket has not ended. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Sends a frame as soon as the rate allows. Does nothing after the end. */
  send(frame: ClientFrame): void {
    if (!this.#isOpen) return;
    const text = JSON.stringify(frame);
    if (text.length > (this.#largest?.length ?? 0)) this.#largest = { frame, length: text.length };
    this.#pace.push(text);
  }

  /** Checks whether the gateway still answers, and drops the socket if it does not. */
  probe(): void {
    if (!this.#isOpen || this.#patience !== undefined) return;
    this.#expectFrame(HEARTBEAT_TIMEOUT_MS);
    this.#pace.pushFirst(JSON.stringify({ type: 'ping' } satisfies ClientFrame));
  }

  /** Ends the socket immediately. May be called repeatedly. */
  drop(cause?: unknown): void {
    this.#finish(endOf(this.#options.base, undefined, '', cause));
  }

  #expectFrame(limitMs: number): void {
    this.#patience = setTimeout(() => {
      this.drop(new Error(`The gateway has not answered for ${limitMs / 1000} seconds.`));
    }, limitMs);
  }

  #receive(data: unknown): void {
    if (this.#isOver) return;
    clearTimeout(this.#patience);
    this.#patience = undefined;
    const frame = parse(data);
    if (frame !== undefined) this.#options.tap?.listener?.({ kind: 'received', frame, text: String(data) });
    if (frame === undefined) this.drop(new Error('The gateway sent something that is not a frame.'));
    else if (this.#isOpen) this.#options.onFrame(frame);
    else this.#greet(frame);
  }

  #greet(frame: ServerFrame): void {
    if (frame.type !== 'hello') {
      this.drop(new Error('The gateway did not say hello.'));
    } else if (frame.protocol !== PROTOCOL) {
      this.#finish(endOf(this.#options.base, CLOSE_REASONS.wrongProtocol, `version ${frame.protocol}`));
    } else {
      this.#isOpen = true;
      this.#hello.resolve(frame);
    }
  }

  #finish(end: SocketEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#isOpen = false;
    clearTimeout(this.#patience);
    clearInterval(this.#heartbeat);
    this.#pace.stop();
    this.#hello.resolve(undefined);
    this.#ended.resolve(end.kind === 'too-large' ? { ...end, frame: this.#largest?.frame } : end);
    this.#socket.close(CLOSE_NORMAL);
  }
}

function parse(data: unknown): ServerFrame | undefined {
  try {
    const frame: unknown = typeof data === 'string' ? JSON.parse(data) : undefined;
    return typeof frame === 'object' && frame !== null && 'type' in frame ? (frame as ServerFrame) : undefined;
  } catch {
    return undefined;
  }
}
