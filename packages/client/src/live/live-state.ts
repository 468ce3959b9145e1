import type { ClientError } from '../errors.ts';

/**
 * The state of a watched query.
 *
 *   loading ──result──▶ ready ──lost──▶ stale ──result──▶ ready
 *      │ └──────local──────────────────▶ stale
 *      └──────failed──▶ failed ◀──failed──┘      any ──cleared──▶ loading
 *
 * `ready` never comes before a full result of the database. `data` is the last one in every state that has one, with
 * the pending writes of this browser.
 */
export type LiveState<Data> =
  | { readonly kind: 'loading'; readonly data: undefined; readonly error: undefined }
  | { readonly kind: 'ready'; readonly data: Data; readonly error: undefined }
  /**
   * The data may be out of date: it was current when the connection was lost, or at an earlier visit, or it is known only
   * from pending writes. It is read as soon as there is a connection.
   */
  | { readonly kind: 'stale'; readonly data: Data; readonly error: undefined }
  /** The gateway refuses this query or cannot keep it up to date. It is retried after a reconnect or by `retry`. */
  | { readonly kind: 'failed'; readonly data: Data | undefined; readonly error: ClientError };

export type LiveEvent =
  | { readonly type: 'result'; readonly data: unknown }
  /** What is known without the gateway has changed: pending writes, or the result of an earlier visit. */
  | { readonly type: 'local'; readonly data: unknown }
  | { readonly type: 'failed'; readonly error: ClientError }
  /** The connection is lost. */
  | { readonly type: 'lost' }
  /** The user has changed or signed out: data that was shown must disappear. */
  | { readonly type: 'cleared' }
  /** A retry after a failure begins. */
  | { readonly type: 'retried' };

const LOADING = { kind: 'loading', data: undefined, error: undefined } as const;

export function nextLiveState(state: LiveState<unknown>, event: LiveEvent): LiveState<unknown> {
  switch (event.type) {
    case 'result':
      // Results are immutable: the same object means that nothing has changed.
      if (state.kind === 'ready' && state.data === event.data) return state;
      return { kind: 'ready', data: event.data, error: undefined };
    case 'local':
      if (state.kind !== 'loading' && state.data === event.data) return state;
      if (state.kind === 'failed') return { ...state, data: event.data };
      return { kind: 'stale', data: event.data, error: undefined };
    case 'failed':
      return { kind: 'failed', data: state.data, error: event.error };
    case 'lost':
      return state.kind === 'ready' ? { kind: 'stale', data: state.data, error: undefined } : state;
    case 'cleared':
      // Published in any case: a listener may still show the result of an earlier query.
      return { ...LOADING };
    case 'retried':
      if (state.kind !== 'failed') return state;
      return state.data === undefined ? LOADING : { kind: 'stale', data: state.data, error: undefined };
  }
}

export function initialLiveState(): LiveState<unknown> {
  return LOADING;
}
