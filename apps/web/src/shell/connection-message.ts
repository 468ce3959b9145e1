import type { ConnectionState } from '@spookify/client';
import { type Explanation, explain } from './explain.ts';

/** What the banner says: that the server is away, or that this page has given up on it. */
export type ConnectionMessage =
  | { readonly kind: 'away'; readonly text: string }
  | { readonly kind: 'stopped'; readonly explanation: Explanation };

/**
 * What there is to say of a connection; undefined while all is well.
 *
 * @param wasThere the page was connected before, so it shows something that may be out of date
 */
export function connectionMessage(state: ConnectionState, wasThere: boolean): ConnectionMessage | undefined {
  switch (state.kind) {
    case 'connecting':
    case 'reconnecting':
      return {
        kind: 'away',
        text: wasThere
          ? 'Reconnecting. What you see may be out of date.'
          : 'The server does not answer yet. Still trying.',
      };
    case 'closed':
      return state.error === undefined ? undefined : { kind: 'stopped', explanation: explain(state.error) };
    default:
      return undefined;
  }
}
