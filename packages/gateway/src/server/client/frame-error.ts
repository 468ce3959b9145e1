/** A frame that no client of this protocol sends. The socket is closed with the message as the reason. */
export class FrameError extends Error {
  override readonly name = 'FrameFault';
}
