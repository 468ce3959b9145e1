/**
 * A WebSocket for the SDK that delivers each event in a separate turn of the event loop.
 *
 * Node delivers all messages of one packet in a row, and the SDK (2.0.8) loses the second of two notifications that
 * arrive that way. The tests check that the server loses none.
 */
export class OneEventPerTickWebSocket extends WebSocket {
  override addEventListener(type: string, listener: unknown, options?: EventListenerOptions): void {
    const later = (event: Event): void => {
      setImmediate(() => {
        if (typeof listener === 'function') listener.call(this, event);
      });
    };
    super.addEventListener(type, later, options);
  }
}
