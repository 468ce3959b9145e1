/** A frame that no client of this format sends: its socket is closed with the message as the reason. */
export class FrameFault extends Error {
  override readonly name = 'FrameFault';
}
