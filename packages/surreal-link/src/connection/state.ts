/**
 * The states of a link that keeps itself connected. `nextState` is the whole state machine; `connection.ts` executes
 * it.
 *
 *   idle ──open──▶ connecting ──connected──▶ connected
 *                   ▲      │                     │
 *                 retry  failed                lost
 *                   │      ▼                     │
 *                   └── waiting ◀────────────────┘
 *
 *   connecting ──gave-up──▶ gave-up        any ──close──▶ closed (final)
 */
import type { LinkErrorCode } from '../errors.ts';

/**
 * The state of a link. `failures` counts consecutive failed attempts; the pause before the next attempt grows with it.
 */
export type LinkState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'connecting'; readonly failures: number }
  | { readonly kind: 'connected'; readonly failures: number; readonly since: number }
  | { readonly kind: 'waiting'; readonly failures: number; readonly reason: LinkErrorCode }
  /** The first attempt failed in a way that `giveUp` names. */
  | { readonly kind: 'gave-up'; readonly reason: LinkErrorCode }
  | { readonly kind: 'closed' };

/** The events of the state machine. Times are milliseconds of one clock. */
export type LinkEvent =
  | { readonly type: 'open' }
  | { readonly type: 'connected'; readonly at: number }
  | { readonly type: 'failed'; readonly reason: LinkErrorCode }
  | { readonly type: 'gave-up'; readonly reason: LinkErrorCode }
  | { readonly type: 'lost'; readonly at: number; readonly reason: LinkErrorCode }
  | { readonly type: 'retry' }
  | { readonly type: 'close' };

/**
 * Returns the next state, or the same object if the event has no effect in this state.
 *
 * @param steadyMs the loss of a connection that lasted this long resets the count of failures
 */
export function nextState(state: LinkState, event: LinkEvent, steadyMs: number): LinkState {
  if (state.kind === 'closed') return state;
  if (event.type === 'close') return { kind: 'closed' };
  switch (state.kind) {
    case 'idle':
      return event.type === 'open' ? { kind: 'connecting', failures: 0 } : state;
    case 'connecting':
      if (event.type === 'connected') return { kind: 'connected', failures: state.failures, since: event.at };
      if (event.type === 'failed') return { kind: 'waiting', failures: state.failures + 1, reason: event.reason };
      if (event.type === 'gave-up') return { kind: 'gave-up', reason: event.reason };
      return state;
    case 'connected': {
      if (event.type !== 'lost') return state;
      const failures = event.at - state.since >= steadyMs ? 0 : state.failures + 1;
      return { kind: 'waiting', failures, reason: event.reason };
    }
    case 'waiting':
      return event.type === 'retry' ? { kind: 'connecting', failures: state.failures } : state;
    case 'gave-up':
      return state;
  }
}

/**
 * The pause before the next attempt, in milliseconds. It doubles with every failure up to `lastMs`, and is then reduced
 * at random by up to half, so that many links do not reconnect at the same moment.
 *
 * @param random in [0, 1)
 */
export function pauseMs(failures: number, firstMs: number, lastMs: number, random: number): number {
  const doublings = Math.min(Math.max(failures - 1, 0), 30);
  return Math.min(firstMs * 2 ** doublings, lastMs) * (0.5 + random / 2);
}
