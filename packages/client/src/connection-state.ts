import type { ClientError } from './errors.ts';

/**
 * What the connection is doing.
 *
 *                        ┌───────────lost, renew──────────┐
 *                        ▼                                │
 *   connecting ──opened──┼──▶ connected ◀──admitted── needs-auth
 *       ▲   └─lost─▶ reconnecting ─opened─▶   └──refused──▶
 *       └──renew (sign-in, sign-out)
 *
 *   any state ──close──▶ closed, for good.
 *
 * `connecting` and `reconnecting` go on by themselves, for ever. `needs-auth` waits for a sign-in: the server is
 * there, but no longer accepts the session that was kept.
 */
export type ConnectionState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'connected' }
  | {
      readonly kind: 'reconnecting';
      /** How many attempts have failed since the connection was lost. */
      readonly attempt: number;
      readonly error: ClientError;
    }
  | { readonly kind: 'needs-auth' }
  | { readonly kind: 'closed' };

export type ConnectionEvent =
  /** A socket stands, and the session on it is the one that was kept (or nobody's). */
  | { readonly type: 'opened' }
  /** The socket broke, or could not be made. */
  | { readonly type: 'lost'; readonly error: ClientError }
  /** The server does not accept the kept session any more. */
  | { readonly type: 'refused' }
  /** Somebody signed in on the open socket. */
  | { readonly type: 'admitted' }
  /** A fresh socket is wanted, because another session begins. */
  | { readonly type: 'renew' }
  | { readonly type: 'close' };

export function nextConnectionState(state: ConnectionState, event: ConnectionEvent): ConnectionState {
  if (state.kind === 'closed') return state;
  switch (event.type) {
    case 'opened':
    case 'admitted':
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
      return { kind: 'closed' };
  }
}
