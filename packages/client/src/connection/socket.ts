import { CLOSE_REASONS, type ClientFrame, PROTOCOL, type ServerFrame } from '@spookify/gateway/wire';
import { FramePace } from './frame-pace.ts';
import { endOf, type SocketEnd } from './socket-end.ts';

export type Hello = Extract<ServerFrame, { type: 'hello' }>;

export interface SocketOptions {
  /** Makes the WebSocket, with whatever shows who is there. */
  readonly dial: () => WebSocket;
  /** Where it leads, for messages. */
  readonly base: string;
  /** Called with every frame after `hello`. */
  readonly onFrame: (frame: ServerFrame) => void;
}

const HELLO_TIMEOUT_MS = 10_000;
const HEARTBEAT_MS = 20_000;
const HEARTBEAT_TIMEOUT_MS = 10_000;
const CLOSE_NORMAL = 1000;

/** One WebSocket to a gateway, from its dialling to its end. It says hello first, and never comes back. */
export class Socket {
  readonly #options: SocketOptions;
  readonly #socket: WebSocket;
  readonly #pace: FramePace;
  readonly #heartbeat: ReturnType<typeof setInterval>;
  #patience: ReturnType<typeof setTimeout> | undefined;
  readonly #hello = Promise.withResolvers<Hello | undefined>();
  readonly #ended = Promise.withResolvers<SocketEnd>();
  #isOpen = false;
  #isOver = false;

  constructor(options: SocketOptions) {
    this.#options = options;
    this.#socket = options.dial();
    this.#pace = new FramePace((text) => this.#socket.send(text));
    this.#heartbeat = setInterval(() => this.probe(), HEARTBEAT_MS);
    this.#expectFrame(HELLO_TIMEOUT_MS);
    this.#socket.addEventListener('message', ({ data }) => this.#receive(data));
    this.#socket.addEventListener('close', ({ code, reason }) => this.#finish(endOf(options.base, code, reason)));
    // The close event follows with all that can be known.
    this.#socket.addEventListener('error', () => undefined);
  }

  /** Resolves when the gateway has said who is signed in, or with undefined when it is over before. Never rejects. */
  get hello(): Promise<Hello | undefined> {
    return this.#hello.promise;
  }

  /** Resolves when it is over. Never rejects. */
  get ended(): Promise<SocketEnd> {
    return this.#ended.promise;
  }

  /** Whether frames may be sent: it has said hello, and is not over. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Sends a frame as soon as the gateway takes one. Does nothing when the socket is over. */
  send(frame: ClientFrame): void {
    if (this.#isOpen) this.#pace.push(JSON.stringify(frame));
  }

  /** Finds out whether the other side is still there, and drops the socket when it is not. */
  probe(): void {
    if (!this.#isOpen || this.#patience !== undefined) return;
    this.#expectFrame(HEARTBEAT_TIMEOUT_MS);
    this.#pace.pushFirst(JSON.stringify({ type: 'ping' } satisfies ClientFrame));
  }

  /** Ends it at once. May be called again. */
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
    if (frame === undefined) this.drop(new Error('The gateway sent something that is no frame.'));
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
    this.#ended.resolve(end);
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
