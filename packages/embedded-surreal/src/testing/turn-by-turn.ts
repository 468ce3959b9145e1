/**
 * A WebSocket for the SDK that has each of its events in a turn of the event loop of its own.
 *
 * Node hands out all messages of one packet in a row. Of two notifications that come that way the SDK (2.0.8) loses the
 * second; here it is the server that is asked to lose none.
 */
export class TurnByTurnWebSocket extends WebSocket {
  override addEventListener(type: string, listener: unknown, options?: EventListenerOptions): void {
    const later = (event: Event): void => {
      setImmediate(() => {
        if (typeof listener === 'function') listener.call(this, event);
      });
    };
    super.addEventListener(type, later, options);
  }
}
