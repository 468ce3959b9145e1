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

/** Sends requests and finds their answers. */
export class Exchange {
  readonly #answers = new Map<number, (answer: Answer) => void>();
  #lastId = 0;

  /** Handles an answer. */
  receive(answer: Answer): void {
    this.#answers.get(answer.id)?.(answer);
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
    this.#answers.set(id, resolve);
    const frame = frameOf(id);
    void socket.ended.then((end) =>
      resolve(
        end.kind === 'too-large' && end.frame === frame ? { type: 'too-large', error: end.error } : { type: 'lost' },
      ),
    );
    socket.send(frame);
    const outcome = await promise;
    clearTimeout(timer);
    this.#answers.delete(id);
    return outcome;
  }
}

/** The frame of a write. */
export function writeFrame(id: number, write: WireWrite, key: string): ClientFrame {
  return { type: 'write', id, write, key };
}
