/** In Node and its like, not in browsers: runs the task in a turn of the event loop of its own. */
const { setImmediate: takeTurn } = globalThis as { setImmediate?: (task: () => void) => void };

/**
 * What makes the SDK (2.0.8) lose no notification outside of browsers.
 *
 * Node hands out all messages of one packet in a row. Of two notifications that come that way the SDK loses the second:
 * it gives it to whoever waited for the first, and who has got that already. So each event of the socket gets a turn of
 * its own. A browser lets every promise go on before the next message, and needs nothing.
 */
export function turnByTurn(): { websocketImpl?: typeof WebSocket } {
  return takeTurn === undefined ? {} : { websocketImpl: turnByTurnWebSocket(takeTurn) };
}

function turnByTurnWebSocket(take: (task: () => void) => void): typeof WebSocket {
  return class extends WebSocket {
    override addEventListener(type: string, listener: unknown, options?: boolean | AddEventListenerOptions): void {
      const later = (event: Event): void => {
        take(() => {
          if (typeof listener === 'function') listener.call(this, event);
        });
      };
      super.addEventListener(type, later, options);
    }
  };
}
