import type { ClientError } from './errors.ts';
import { share } from './share.ts';

/**
 * What a watched query shows.
 *
 *   loading ──result──▶ ready ──lost──▶ stale ──result──▶ ready
 *      └──────failed──▶ failed ◀──failed──┘      any ──cleared──▶ loading
 *
 * `ready` is never said before a full result, and `data` is the last full result in every state that has one.
 */
export type LiveState<Data> =
  | { readonly kind: 'loading'; readonly data: undefined; readonly error: undefined }
  | { readonly kind: 'ready'; readonly data: Data; readonly error: undefined }
  /** The data was right when the connection was lost; it is read again as soon as there is one. */
  | { readonly kind: 'stale'; readonly data: Data; readonly error: undefined }
  /** The database refuses this query. It is tried again at the next change, after a reconnect, or by `retry`. */
  | { readonly kind: 'failed'; readonly data: Data | undefined; readonly error: ClientError };

export type LiveEvent =
  | { readonly type: 'result'; readonly data: unknown }
  | { readonly type: 'failed'; readonly error: ClientError }
  /** The connection is gone. */
  | { readonly type: 'lost' }
  /** Somebody else is signed in, or nobody: what was shown must not be seen any more. */
  | { readonly type: 'cleared' }
  /** After a failure, another try begins. */
  | { readonly type: 'retried' };

const LOADING = { kind: 'loading', data: undefined, error: undefined } as const;

export function nextLiveState(state: LiveState<unknown>, event: LiveEvent): LiveState<unknown> {
  switch (event.type) {
    case 'result': {
      const data = share(state.data, event.data);
      return state.kind === 'ready' && data === state.data ? state : { kind: 'ready', data, error: undefined };
    }
    case 'failed':
      return { kind: 'failed', data: state.data, error: event.error };
    case 'lost':
      return state.kind === 'ready' ? { kind: 'stale', data: state.data, error: undefined } : state;
    case 'cleared':
      // Told in any case: a listener may still show what an earlier query has read.
      return { ...LOADING };
    case 'retried':
      if (state.kind !== 'failed') return state;
      return state.data === undefined ? LOADING : { kind: 'stale', data: state.data, error: undefined };
  }
}

export function initialLiveState(): LiveState<unknown> {
  return LOADING;
}
