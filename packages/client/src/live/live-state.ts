import type { ClientError } from '../errors.ts';

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
  /** The gateway refuses this query, or can't keep it up to date. It is tried again after a reconnect, or by `retry`. */
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
    case 'result':
      // Results never change: the same one means that nothing is new.
      if (state.kind === 'ready' && state.data === event.data) return state;
      return { kind: 'ready', data: event.data, error: undefined };
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
