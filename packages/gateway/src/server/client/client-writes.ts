import { GatewayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import type { Result } from '../../observe/gateway-meters.ts';
import type { WireErrorBody } from '../../wire/errors.ts';
import type { ClientFrame, ServerFrame } from '../../wire/frames.ts';
import type { Written } from '../../writes/writer.ts';
import { FrameError } from './frame-error.ts';

/** Makes one write as the user, once for each key. */
export type WriteAs = (write: unknown, key: string) => Promise<Written>;

export interface ClientWritesOptions {
  readonly write: WriteAs;
  /**
   * The first round that shows all writes made until now whose transactions were open for at most `openMs`. The socket is
   * sent the end of that round.
   */
  readonly nextRound: (openMs: number) => number;
  readonly wake: () => void;
  /** A monotonic clock, in milliseconds. */
  readonly now: () => number;
  /** Called with the result of each write. */
  readonly onAnswer: (result: Result) => void;
  readonly send: (frame: ServerFrame) => void;
  readonly bodyOf: (error: unknown) => WireErrorBody;
}

/** Answers each write of one socket once, with `written` or `refused`. The returned function throws FrameFault. */
export function createClientWrites({ write, nextRound, wake, now, onAnswer, send, bodyOf }: ClientWritesOptions) {
  const underWay = new Set<number>();

  async function answer(id: number, content: unknown, key: string): Promise<ServerFrame> {
    const beganAt = now();
    try {
      const { result, isRepeat } = await write(content, key);
      onAnswer('ok');
      // How long the transaction of an earlier attempt was open is not known.
      const openMs = isRepeat ? Number.POSITIVE_INFINITY : now() - beganAt;
      // Called after the commit, so the round's snapshot includes the write.
      return { type: 'written', id, result, visibleIn: nextRound(openMs), ...(isRepeat ? { repeat: true } : {}) };
    } catch (error) {
      const body = bodyOf(error);
      // The write may have been made, or may still be.
      if (body.code === 'SPOOKY_GATEWAY_OUTCOME_UNKNOWN') wake();
      onAnswer(body.code);
      return { type: 'refused', id, error: body };
    }
  }

  return ({ id, write: content, key }: ClientFrame & { type: 'write' }): void => {
    if (underWay.has(id)) throw new FrameError(`write ${id} is under way`);
    const { writesMax } = LIMITS.socket;
    if (underWay.size >= writesMax) {
      const message = `A socket may have at most ${writesMax} writes under way; wait for answers.`;
      onAnswer('SPOOKY_GATEWAY_LIMIT');
      send({ type: 'refused', id, error: new GatewayError('SPOOKY_GATEWAY_LIMIT', message).body });
      return;
    }
    underWay.add(id);
    void answer(id, content, key).then((frame) => {
      underWay.delete(id);
      send(frame);
    });
  };
}
