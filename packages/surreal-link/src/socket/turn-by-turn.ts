/**
 * Gives each event of a socket a turn of the event loop.
 *
 * Node and `ws` hand out all messages of one packet in a row. Of two notifications that arrive that way the SDK (2.0.8)
 * loses the second: it passes it to the reader that waited for the first, and that reader has its value already. With a
 * turn for each message the reader asks again in between.
 */
type Listener = (event: never) => void;

/** Calls the listener in a later turn; the order of events stays. */
export function inTurn(socket: object, listener: unknown): (event: Event) => void {
  return (event) => {
    setImmediate(() => {
      if (typeof listener === 'function') (listener as Listener).call(socket, event as never);
    });
  };
}
