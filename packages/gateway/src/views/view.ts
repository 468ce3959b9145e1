/*
 * A view: the shared result of equal plans of one or more sockets.
 *
 *   new ──read──▶ shown ──read──▶ shown          sends a delta, or nothing
 *    │              │ ▲
 *    └──failed──▶ failed ──read──▶ shown         sends a snapshot
 *                   └─────failed──▶ failed        sends the error, if it is a different one
 *
 * A failed view is read again after a growing pause, and not after every change, because it may have failed for being
 * slow.
 */
import type { CompiledPlan, Plan } from '../plans/plan.ts';
import type { WireErrorBody } from '../wire/errors.ts';
import { diff, frameOf, isEmpty, textOf } from './delivery/diff.ts';
import { applyPatch, type Patch } from './maintain/patch.ts';
import { digestOfState, type ViewState } from './state.ts';
import type { Subscriber } from './subscriber.ts';

export type ViewStatus =
  | { readonly kind: 'new' }
  | { readonly kind: 'shown'; readonly state: ViewState }
  | { readonly kind: 'failed'; readonly error: WireErrorBody };

/** The result of reading a view, or of maintaining the state that it shows. */
export type Outcome =
  | { readonly kind: 'read'; readonly state: ViewState }
  | { readonly kind: 'patched'; readonly patch: Patch }
  | { readonly kind: 'failed'; readonly error: WireErrorBody };

export interface View {
  /** Identifies the view in frames. */
  readonly number: number;
  readonly key: string;
  compiled: CompiledPlan;
  /** Whether the plan no longer fits the schema. A later schema may fit it again. */
  isBroken: boolean;
  status: ViewStatus;
  readonly subscriptions: Set<ViewSubscription>;
  /** Since when the view has had no subscriptions, and the reader who had the last one. */
  unusedSince: number | undefined;
  lastReader: string | undefined;
  /** The number of failures in a row, and when the view is read again. */
  failures: number;
  retryAt: number | undefined;
  /** How long the last read took, in milliseconds; undefined if it was never read. */
  costMs: number | undefined;
  /** Whether a round affected the view but did not read it, so that it shows an earlier state. See deferred-views.ts. */
  isDeferred: boolean;
  /** The snapshot frame and the digest of the current status, created when they are first needed. */
  snapshot: string | undefined;
  digest: string | undefined;
}

/** The subscriptions of one socket to one view. Equal plans of a socket share it. */
export interface ViewSubscription {
  readonly socket: Socket;
  view: View;
  readonly plan: Plan;
  /** The client's ids of subscriptions with equal plans. */
  readonly ids: Set<number>;
  /** The first round that may answer it; undefined once it is answered. */
  waitingFor: number | undefined;
  digest: string | undefined;
}

export interface Socket {
  readonly subscriber: Subscriber;
  /** The subscriber's reader as text. */
  readonly reader: string;
  readonly byView: Map<View, ViewSubscription>;
  readonly byId: Map<number, ViewSubscription>;
  /** Since when the socket has been behind. It is sent nothing until it has read. */
  behindSince: number | undefined;
  /** Rounds whose end must be sent to the socket even if nothing changes, in ascending order. */
  expectedRounds: number[];
}

/** Whether only the database can evaluate the view, in its reader's own session. */
export const isOfEngine = ({ compiled }: View): boolean => compiled.live.kind === 'engine';

/** Reports to the subscriptions of a socket which view answers them, and whether it follows the rounds late. */
export function announce(view: View, { subscriber }: Socket, ids: Iterable<number>): void {
  const delayed = isOfEngine(view) && { delayed: true as const };
  for (const id of ids) subscriber.send(textOf({ type: 'subscribed', id, view: view.number, ...delayed }));
}

/** The same for all subscriptions: the view has become one that only the database can evaluate, or is none any more. */
export function announceToAll(view: View): void {
  for (const { socket, ids } of view.subscriptions) announce(view, socket, ids);
}

/** The frame for subscriptions that have the previous status; undefined if there is nothing to send. */
export function applyOutcome(view: View, outcome: Outcome): string | undefined {
  const { number, status: before } = view;
  view.snapshot = undefined;
  view.digest = undefined;
  if (outcome.kind === 'failed') {
    view.status = outcome;
    const isSame = before.kind === 'failed' && before.error.code === outcome.error.code;
    return isSame ? undefined : textOf({ type: 'failed', view: number, error: outcome.error });
  }
  if (outcome.kind === 'patched') {
    if (before.kind !== 'shown') throw new TypeError('only a state that is shown can be patched');
    applyPatch(before.state, outcome.patch);
    const { difference } = outcome.patch;
    return isEmpty(difference) ? undefined : frameOf('delta', number, difference);
  }
  view.status = { kind: 'shown', state: outcome.state };
  if (before.kind !== 'shown') return snapshotOf(view);
  const difference = diff(view.compiled.nodes, before.state, outcome.state);
  return isEmpty(difference) ? undefined : frameOf('delta', number, difference);
}

/** The frame for a subscription that has nothing of the view yet. A new view has none. */
export function snapshotOf(view: View): string | undefined {
  const { number, status } = view;
  switch (status.kind) {
    case 'new':
      return undefined;
    case 'failed':
      return textOf({ type: 'failed', view: number, error: status.error });
    case 'shown':
      view.snapshot ??= frameOf('snapshot', number, diff(view.compiled.nodes, undefined, status.state));
      return view.snapshot;
  }
}

/** The first answer to a subscription: `same` if its digest matches, otherwise the snapshot. */
export function answerOf(view: View, digest: string | undefined): string | undefined {
  if (digest === undefined || view.status.kind !== 'shown') return snapshotOf(view);
  view.digest ??= digestOfState(view.compiled.nodes, view.status.state);
  return view.digest === digest ? textOf({ type: 'same', view: view.number }) : snapshotOf(view);
}

export const bytesOf = ({ status }: View): number => (status.kind === 'shown' ? status.state.bytes : 0);
