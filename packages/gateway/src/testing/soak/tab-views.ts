/*
 * The views of one tab, and the rounds in which they change. Checks each frame and each commit: what a gateway must
 * never send is a fault.
 *
 *   between rounds ──begin──▶ in a round ──commit──▶ between rounds
 *
 * The views survive a disconnect, as those of a client do; the next socket is sent their digests.
 */
import type { ServerFrame, WireRow } from '../../wire/frames.ts';
import { checkRow, checkTab } from './checks.ts';
import { PAST } from './expectations.ts';
import { SoakFault } from './fault.ts';
import { FEED_LIMIT, type WatchedPlan } from './plans.ts';
import { WatchedView } from './watched-view.ts';

export interface Subscription {
  readonly plan: WatchedPlan;
  readonly view: WatchedView;
  /** The id on the current socket; 0 before it was sent. */
  id: number;
  isAnswered: boolean;
}

type FrameOf<Type extends ServerFrame['type']> = Extract<ServerFrame, { type: Type }>;

export class TabViews {
  readonly #user: string;
  readonly #subscriptions = new Map<string, Subscription>();
  /** By the view's number on the current socket. */
  readonly #byView = new Map<number, Subscription>();
  readonly #changedInRound = new Set<string>();
  #round = -1;
  #position = 0;
  #isInRound = false;
  readonly counts = { rows: 0, commits: 0, caughtUp: 0, same: 0, tooSlow: 0 };

  /** @param user the key of the user whose rows the views may show */
  constructor(user: string, plans: readonly WatchedPlan[]) {
    this.#user = user;
    for (const plan of plans) this.add(plan);
  }

  get subscriptions(): readonly Subscription[] {
    return [...this.#subscriptions.values()];
  }

  get isAnswered(): boolean {
    return this.subscriptions.every(({ isAnswered }) => isAnswered);
  }

  /** The last committed round and position. */
  get round(): number {
    return this.#round;
  }

  get position(): number {
    return this.#position;
  }

  has(name: string): boolean {
    return this.#subscriptions.has(name);
  }

  add(plan: WatchedPlan): Subscription {
    const made = { plan, view: new WatchedView(plan.wire), id: 0, isAnswered: false };
    this.#subscriptions.set(plan.name, made);
    return made;
  }

  remove(name: string): Subscription | undefined {
    const removed = this.#subscriptions.get(name);
    this.#subscriptions.delete(name);
    return removed;
  }

  /** A new socket begins. Rounds of different gateways are not comparable; positions are. */
  reconnect(): void {
    this.#round = -1;
    this.#isInRound = false;
    this.#byView.clear();
    this.#changedInRound.clear();
    for (const subscription of this.subscriptions) subscription.isAnswered = false;
  }

  /** The session has ended: nothing is shown any more. */
  clear(): void {
    this.#position = 0;
    for (const { plan } of this.subscriptions) this.add(plan);
  }

  /** The version that is shown of a row; undefined if it is not shown. */
  shown(key: string): number | undefined {
    for (const { plan, view, isAnswered } of this.#subscriptions.values()) {
      const version = isAnswered && plan.isExact ? view.versionOf(key) : undefined;
      if (version !== undefined) return version;
    }
    // A message that newer ones have pushed out of the window was delivered.
    return this.#isPastWindow(key) ? PAST : undefined;
  }

  /** @throws SoakFault */
  take(
    frame: FrameOf<'begin' | 'commit' | 'subscribed' | 'snapshot' | 'delta' | 'same' | 'failed' | 'rejected'>,
  ): void {
    switch (frame.type) {
      case 'begin':
        if (this.#isInRound) throw new SoakFault('a round began within a round');
        if (frame.round < this.#round) throw new SoakFault(`round ${frame.round} after ${this.#round}`);
        if (frame.position < this.#position) throw new SoakFault(`position ${frame.position} after ${this.#position}`);
        this.#isInRound = true;
        return;
      case 'commit':
        this.#isInRound = false;
        this.#round = frame.round;
        this.#position = frame.position;
        this.counts.commits += 1;
        this.#checkCommit();
        return;
      case 'subscribed': {
        const subscription = this.subscriptions.find(({ id }) => id === frame.id);
        // The plan is no longer watched if the answer crossed its end.
        if (subscription !== undefined) this.#byView.set(frame.view, subscription);
        return;
      }
      case 'rejected':
        throw new SoakFault(`a query was refused: ${frame.error.message}`);
      case 'failed':
        this.#fail(this.#subscriptionOf(frame), frame);
        return;
      default:
        this.#change(this.#subscriptionOf(frame), frame);
    }
  }

  #subscriptionOf({ type, view }: { readonly type: string; readonly view: number }): Subscription {
    if (!this.#isInRound) throw new SoakFault(`${type} outside a round`);
    const subscription = this.#byView.get(view);
    if (subscription === undefined) throw new SoakFault(`${type} of view ${view}, which this tab does not know`);
    return subscription;
  }

  #change(subscription: Subscription, frame: FrameOf<'snapshot' | 'delta' | 'same'>): void {
    const { plan, view, isAnswered } = subscription;
    const fault = (text: string): void => {
      throw new SoakFault(`${plan.name}: ${text}`);
    };
    if (frame.type === 'same') {
      if (!view.isFilled) fault('is said to be the same, but was never shown');
      this.counts.same += 1;
    } else {
      for (const [index, key, , row] of frame.rows) this.#checkRow(view, index, key, row);
      if (plan.isExact) for (const [, key] of frame.rows) this.#changedInRound.add(key);
    }
    if (frame.type === 'delta') {
      if (!isAnswered) fault('a delta came before the first answer');
      view.apply(frame, fault);
    }
    if (frame.type === 'snapshot') {
      if (isAnswered) this.counts.caughtUp += 1;
      view.replace(frame, fault);
    }
    subscription.isAnswered = true;
  }

  /** A busy database may be too slow for a query. The gateway says so, and reads it again until it succeeds. */
  #fail(subscription: Subscription, { error }: FrameOf<'failed'>): void {
    const { plan, view } = subscription;
    if (error.code !== 'SPOOKY_GATEWAY_DATABASE') throw new SoakFault(`${plan.name} failed: ${error.message}`);
    this.counts.tooSlow += 1;
    subscription.isAnswered = false;
    view.isFilled = false;
  }

  #checkRow(view: WatchedView, index: number, key: string, row: WireRow): void {
    this.counts.rows += 1;
    const problem = checkRow(view.nodes[index]?.plan.table ?? '', key, row, this.#user);
    if (problem !== undefined) throw new SoakFault(problem);
  }

  /** All views show the same moment, except those that only the engine evaluates. */
  #checkCommit(): void {
    const answered = this.subscriptions.filter(({ isAnswered }) => isAnswered);
    const exact = answered.filter(({ plan }) => plan.isExact);
    for (const key of this.#changedInRound) {
      const versions = new Set(exact.flatMap(({ view }) => view.versionOf(key) ?? []));
      if (versions.size > 1)
        throw new SoakFault(`${key} has the versions ${[...versions].join(' and ')} at one commit`);
    }
    this.#changedInRound.clear();
    const problem = checkTab(new Map(answered.map(({ plan, view }) => [plan.name, view])), this.#user);
    if (problem !== undefined) throw new SoakFault(problem);
  }

  #isPastWindow(key: string): boolean {
    if (!key.startsWith('message:')) return false;
    const rows = this.#subscriptions.get('feed')?.view.rows ?? [];
    const oldest = rows.at(-1);
    return rows.length === FEED_LIMIT && oldest !== undefined && sentOf(key) < Number(oldest.sent);
  }
}

/** The key of a message contains its place in the order. */
function sentOf(key: string): number {
  return Number(/_(\d+)/.exec(key)?.[1] ?? Number.NaN);
}
