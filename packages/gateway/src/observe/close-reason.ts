import { CLOSE_REASONS } from '../wire/errors.ts';

/** Why a socket was closed or refused, as metrics show it. */
export type CloseReason =
  | 'bad_frame'
  | 'signed_out'
  | 'foreign_origin'
  | 'too_slow'
  | 'too_large'
  | 'wrong_protocol'
  | 'too_many'
  | 'stopping'
  /** An error in the gateway. */
  | 'internal'
  /** The client closed it, for example because its page was closed. */
  | 'client'
  /** The connection ended without a closing handshake, or its peer no longer answered. */
  | 'lost';

const NAMES: ReadonlyMap<number, CloseReason> = new Map([
  [CLOSE_REASONS.badFrame, 'bad_frame'],
  [CLOSE_REASONS.signedOut, 'signed_out'],
  [CLOSE_REASONS.foreignOrigin, 'foreign_origin'],
  [CLOSE_REASONS.tooSlow, 'too_slow'],
  [CLOSE_REASONS.tooLarge, 'too_large'],
  [CLOSE_REASONS.wrongProtocol, 'wrong_protocol'],
  [CLOSE_REASONS.tooMany, 'too_many'],
  [CLOSE_REASONS.stopping, 'stopping'],
  [1011, 'internal'],
]);

/** RFC 6455: no closing handshake. */
const ABNORMAL = 1006;

/**
 * Why a socket has closed.
 * @param sent the code that the gateway sent first; undefined if it sent none
 * @param received the code of the close event
 */
export function closeReasonOf(sent: number | undefined, received: number): CloseReason {
  const own = sent === undefined ? undefined : NAMES.get(sent);
  return own ?? (received === ABNORMAL ? 'lost' : 'client');
}
