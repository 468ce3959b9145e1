import type { ConnectionState } from '@spookify/client';
import { type Explanation, explain } from './explain.ts';

/** What the banner shows: that the server is unreachable, or that this page has stopped its connection. */
export type ConnectionMessage =
  | { readonly kind: 'away'; readonly text: string }
  | { readonly kind: 'stopped'; readonly explanation: Explanation };

/**
 * Returns the message for a connection state; undefined if all is well.
 *
 * @param wasThere whether the page was connected before, so that it shows data that may be out of date
 */
export function connectionMessage(state: ConnectionState, wasThere: boolean): ConnectionMessage | undefined {
  switch (state.kind) {
    case 'connecting':
    case 'reconnecting':
      return {
        kind: 'away',
        text: wasThere
          ? 'Reconnecting. What you see may be out of date.'
          : 'The server does not answer yet. Trying to connect…',
      };
    case 'closed':
      return state.error === undefined ? undefined : { kind: 'stopped', explanation: explain(state.error) };
    default:
      return undefined;
  }
}
