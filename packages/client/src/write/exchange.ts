import type { ClientFrame, ServerFrame, WireWrite } from '@spookify/gateway/wire';
import type { Socket } from '../connection/socket.ts';
import type { ClientError } from '../errors.ts';

/** A socket as far as writes need it. */
export type WriteSocket = Pick<Socket, 'send' | 'ended' | 'drop'>;

type Answer = Extract<ServerFrame, { type: 'written' | 'refused' | 'synced' }>;

/** How a request has ended. */
export type Outcome =
  | Answer
  /** The socket ended before the answer. A write may have been made. */
  | { readonly type: 'lost' }
  /** The socket ended because this frame is too large. Nothing was done. */
  | { readonly type: 'too-large'; readonly error: ClientError };

/**
 * Maximum time for one answer. A gateway that does not answer a write would not answer the next one either.
 * Milliseconds.
 */
const ANSWER_MS = 30_000;

interface Request {
  readonly socket: WriteSocket;
  readonly frame: ClientFrame;
  readonly resolve: (outcome: Outcome) => void;
}

/** Sends requests and finds their answers. */
export class Exchange {
  /** Requests without an answer, by id. */
  readonly #requests = new Map<number, Request>();
  /** Sockets whose end ends their requests. */
  readonly #followed = new WeakSet<WriteSocket>();
  #lastId = 0;

  /** Handles an answer. */
  receive(answer: Answer): void {
    this.#requests.get(answer.id)?.resolve(answer);
  }

  /** Sends a write under its key, which the gateway performs once. */
  write(socket: WriteSocket, write: WireWrite, key: string): Promise<Outcome> {
    return this.#request(socket, (id) => writeFrame(id, write, key));
  }

  /** Asks for the round that shows everything written until now. */
  sync(socket: WriteSocket): Promise<Outcome> {
    return this.#request(socket, (id) => ({ type: 'sync', id }));
  }

  async #request(socket: WriteSocket, frameOf: (id: number) => ClientFrame): Promise<Outcome> {
    this.#lastId += 1;
    const id = this.#lastId;
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    const timer = setTimeout(() => socket.drop(new Error('A request was not answered.')), ANSWER_MS);
    const frame = frameOf(id);
    this.#requests.set(id, { socket, frame, resolve });
    this.#follow(socket);
    socket.send(frame);
    const outcome = await promise;
    clearTimeout(timer);
    this.#requests.delete(id);
    return outcome;
  }

  /** One reaction per socket: one per request would keep every frame as long as the socket lives. */
  #follow(socket: WriteSocket): void {
    if (this.#followed.has(socket)) return;
    this.#followed.add(socket);
    void socket.ended.then((end) => {
      for (const request of this.#requests.values()) {
        if (request.socket !== socket) continue;
        const isTooLarge = end.kind === 'too-large' && end.frame === request.frame;
        request.resolve(isTooLarge ? { type: 'too-large', error: end.error } : { type: 'lost' });
      }
    });
  }
}

/** The frame of a write. */
export function writeFrame(id: number, write: WireWrite, key: string): ClientFrame {
  return { type: 'write', id, write, key };
}
