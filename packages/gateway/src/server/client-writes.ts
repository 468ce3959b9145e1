import { GatewayError } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import type { WireErrorBody } from '../wire/errors.ts';
import type { ClientFrame, ServerFrame } from '../wire/frames.ts';
import type { WireValue } from '../wire/value.ts';
import { FrameFault } from './frame-fault.ts';

/** Makes one write as the user, and returns the row as the user may see it. */
export type WriteAs = (write: unknown, isAgain: boolean) => Promise<WireValue>;

export interface ClientWritesOptions {
  readonly write: WriteAs;
  /** The round that shows what is written by now; the socket is sent its end. */
  readonly nextRound: () => number;
  readonly wake: () => void;
  readonly send: (frame: ServerFrame) => void;
  readonly bodyOf: (error: unknown) => WireErrorBody;
}

/** The writes of one socket: each is answered once, with `written` or `refused`. The function throws FrameFault. */
export function createClientWrites({ write, nextRound, wake, send, bodyOf }: ClientWritesOptions) {
  const underWay = new Set<number>();

  async function answer(id: number, content: unknown, isAgain: boolean): Promise<ServerFrame> {
    try {
      const result = await write(content, isAgain);
      // Asked after the write was committed, so the round's snapshot holds it.
      return { type: 'written', id, result, visibleIn: nextRound() };
    } catch (error) {
      const body = bodyOf(error);
      // It may have been written, or may yet be.
      if (body.code === 'SPOOKY_GATEWAY_OUTCOME_UNKNOWN') wake();
      return { type: 'refused', id, error: body };
    }
  }

  return ({ id, write: content, again = false }: ClientFrame & { type: 'write' }): void => {
    if (underWay.has(id)) throw new FrameFault(`write ${id} is under way`);
    const { writesMax } = LIMITS.socket;
    if (underWay.size >= writesMax) {
      const message = `A socket may have at most ${writesMax} writes under way; wait for answers.`;
      send({ type: 'refused', id, error: new GatewayError('SPOOKY_GATEWAY_LIMIT', message).body });
      return;
    }
    underWay.add(id);
    void answer(id, content, again).then((frame) => {
      underWay.delete(id);
      send(frame);
    });
  };
}
