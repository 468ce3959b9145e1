import type { ConnectionState, SyncState } from '@spookify/client';
import { type Explanation, explain } from './explain.ts';

/** What the banner shows: no server, changes that are being sent, or that this page has stopped its connection. */
export type ConnectionMessage =
  | { readonly kind: 'away' | 'sending'; readonly text: string }
  | { readonly kind: 'stopped'; readonly explanation: Explanation };

/**
 * Returns the message for a connection state; undefined if all is well.
 *
 * @param sync what this browser still has to send
 * @param wasThere whether the page was connected before, so that it shows data that may be out of date
 */
export function connectionMessage(
  state: ConnectionState,
  sync: Pick<SyncState, 'pending' | 'durable'>,
  wasThere: boolean,
): ConnectionMessage | undefined {
  switch (state.kind) {
    case 'connecting':
    case 'reconnecting':
      return { kind: 'away', text: awayText(sync, wasThere) };
    case 'connected':
      return sync.pending === 0 ? undefined : { kind: 'sending', text: `Sending ${changes(sync.pending)}…` };
    case 'closed':
      return state.error === undefined ? undefined : { kind: 'stopped', explanation: explain(state.error) };
    default:
      return undefined;
  }
}

/** "1 change", "3 changes". */
export function changes(count: number): string {
  return count === 1 ? '1 change' : `${count} changes`;
}

function awayText({ pending, durable }: Pick<SyncState, 'pending' | 'durable'>, wasThere: boolean): string {
  if (pending > 0) {
    const waiting = `Offline. ${changes(pending)} not sent yet.`;
    return durable ? waiting : `${waiting} Keep this page open.`;
  }
  return wasThere
    ? 'Reconnecting. What you see may be out of date.'
    : 'The server does not answer yet. Trying to connect…';
}
