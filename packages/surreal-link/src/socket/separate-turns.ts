/**
 * Delivers each event of a socket in a separate turn of the event loop.
 *
 * Node and `ws` deliver all messages of one packet in a row. Of two notifications that arrive that way, the SDK (2.0.8)
 * loses the second: it passes it to the reader that waited for the first, and that reader already has its value. With a
 * separate turn for each message, the reader waits again in between.
 */
type Listener = (event: never) => void;

/** Calls the listener in a later turn. The order of events does not change. */
export function inSeparateTurn(socket: object, listener: unknown): (event: Event) => void {
  return (event) => {
    setImmediate(() => {
      if (typeof listener === 'function') (listener as Listener).call(socket, event as never);
    });
  };
}
