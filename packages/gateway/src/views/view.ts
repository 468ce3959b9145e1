/*
 * A view: the result of equal plans of one or many sockets.
 *
 *   new ──read──▶ shown ──read──▶ shown          sends a delta, or nothing
 *    │              │ ▲
 *    └──failed──▶ failed ──read──▶ shown         sends a snapshot
 *                   └─────failed──▶ failed        sends the error, if it is another one
 *
 * A failed view is read again after a pause that grows, and not with every change: it may fail because it is slow.
 */
import type { CompiledPlan, Plan } from '../plans/plan.ts';
import type { WireErrorBody } from '../wire/errors.ts';
import { diff, frameOf, isEmpty, textOf } from './diff.ts';
import { digestOfState, type ViewState } from './state.ts';
import type { Subscriber } from './subscriber.ts';

export type ViewStatus =
  | { readonly kind: 'new' }
  | { readonly kind: 'shown'; readonly state: ViewState }
  | { readonly kind: 'failed'; readonly error: WireErrorBody };

/** What reading a view came to. */
export type Outcome =
  | { readonly kind: 'read'; readonly state: ViewState }
  | { readonly kind: 'failed'; readonly error: WireErrorBody };

export interface View {
  /** On the wire. */
  readonly number: number;
  readonly key: string;
  compiled: CompiledPlan;
  /** The plan does not fit the schema any more; the next schema may take it back. */
  isBroken: boolean;
  status: ViewStatus;
  readonly holders: Set<Holding>;
  /** Since when it has had no holders, and the reader who was the last of them. */
  emptySince: number | undefined;
  lastReader: string | undefined;
  /** Outcomes without rows, one after the other; and when it is read again after the last one. */
  failures: number;
  retryAt: number | undefined;
  /** What it took to read it last, in milliseconds; undefined before. */
  costMs: number | undefined;
  /** A round found it touched and did not read it: it shows an earlier state. See late-views.ts. */
  isLate: boolean;
  /** Made when they are needed, for all who need them; of the present status. */
  snapshot: string | undefined;
  digest: string | undefined;
}

/** One socket's interest in one view. */
export interface Holding {
  readonly socket: Socket;
  view: View;
  readonly plan: Plan;
  /** The client's ids of equal subscriptions. */
  readonly ids: Set<number>;
  /** The first round that may answer it; undefined once it was answered. */
  waitingFor: number | undefined;
  digest: string | undefined;
}

export interface Socket {
  readonly subscriber: Subscriber;
  /** The subscriber's reader as a text. */
  readonly reader: string;
  readonly holdings: Map<View, Holding>;
  readonly byId: Map<number, Holding>;
  /** It does not read fast enough, and gets nothing until it has. */
  behindSince: number | undefined;
  /** Rounds that it waits for, also if nothing changes; the first one first. */
  expects: number[];
}

/** The frame for holders of the last status; undefined if there is nothing to say. */
export function advance(view: View, outcome: Outcome): string | undefined {
  const { number, status: before } = view;
  view.snapshot = undefined;
  view.digest = undefined;
  if (outcome.kind === 'failed') {
    view.status = outcome;
    const isSame = before.kind === 'failed' && before.error.code === outcome.error.code;
    return isSame ? undefined : textOf({ type: 'failed', view: number, error: outcome.error });
  }
  view.status = { kind: 'shown', state: outcome.state };
  if (before.kind !== 'shown') return snapshotOf(view);
  const difference = diff(before.state, outcome.state);
  return isEmpty(difference) ? undefined : frameOf('delta', number, difference);
}

/** The frame for a holder that has nothing of it yet. A new view has none. */
export function snapshotOf(view: View): string | undefined {
  const { number, status } = view;
  switch (status.kind) {
    case 'new':
      return undefined;
    case 'failed':
      return textOf({ type: 'failed', view: number, error: status.error });
    case 'shown':
      view.snapshot ??= frameOf('snapshot', number, diff(undefined, status.state));
      return view.snapshot;
  }
}

/** The first answer to a holder: `same` if that is all it needs. */
export function answerOf(view: View, digest: string | undefined): string | undefined {
  if (digest === undefined || view.status.kind !== 'shown') return snapshotOf(view);
  view.digest ??= digestOfState(view.compiled.nodes, view.status.state);
  return view.digest === digest ? textOf({ type: 'same', view: view.number }) : snapshotOf(view);
}

export const bytesOf = ({ status }: View): number => (status.kind === 'shown' ? status.state.bytes : 0);
