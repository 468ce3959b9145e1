import type { ClientError } from '../errors.ts';

/**
 * The state of the connection.
 *
 *                        ┌───────────lost, renew──────────┐
 *                        ▼                                │
 *   connecting ──opened──┼──▶ connected                needs-auth
 *       ▲   └─lost─▶ reconnecting ─opened─▶   └──refused──▶
 *       └──renew (sign-in, sign-out)
 *
 *   any state ──close──▶ closed, for good.
 *
 * `connecting` and `reconnecting` retry forever. `needs-auth` waits for a sign-in: the gateway is available, but the
 * session has ended.
 */
export type ConnectionState =
  | { readonly kind: 'connecting' }
  /** The gateway is available: a socket is open, or, while no user is signed in, none is needed. */
  | { readonly kind: 'connected' }
  | {
      readonly kind: 'reconnecting';
      /** The number of failed attempts since the connection was lost. */
      readonly attempt: number;
      readonly error: ClientError;
    }
  | { readonly kind: 'needs-auth' }
  | {
      readonly kind: 'closed';
      /** The reason if the client has stopped by itself: the gateway refuses this page, or serves another database. */
      readonly error?: ClientError | undefined;
    };

export type ConnectionEvent =
  /** The gateway has answered: a user is signed in, or none is and none was. */
  | { readonly type: 'opened' }
  /** The socket broke or could not be opened. */
  | { readonly type: 'lost'; readonly error: ClientError }
  /** The session has ended. */
  | { readonly type: 'refused' }
  /** A new session begins. */
  | { readonly type: 'renew' }
  | { readonly type: 'close'; readonly error?: ClientError | undefined };

export function nextConnectionState(state: ConnectionState, event: ConnectionEvent): ConnectionState {
  if (state.kind === 'closed') return state;
  switch (event.type) {
    case 'opened':
      return { kind: 'connected' };
    case 'lost':
      return {
        kind: 'reconnecting',
        attempt: state.kind === 'reconnecting' ? state.attempt + 1 : 0,
        error: event.error,
      };
    case 'refused':
      return { kind: 'needs-auth' };
    case 'renew':
      return { kind: 'connecting' };
    case 'close':
      return event.error === undefined ? { kind: 'closed' } : { kind: 'closed', error: event.error };
  }
}
