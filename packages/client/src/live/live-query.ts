import type { WirePlan } from '@spookify/gateway/wire';
import type { ClientError } from '../errors.ts';
import { Listeners } from '../listeners.ts';
import type { Query } from '../query/query.ts';
import { initialLiveState, type LiveEvent, type LiveState, nextLiveState } from './live-state.ts';
import { ViewStore } from './view-store.ts';

/** A view of the gateway, with what is known of it. Equal plans of one socket share a view. */
export interface View {
  store: ViewStore;
  /** Whether the store has been the view's state on this socket. */
  isCurrent: boolean;
  error: ClientError | undefined;
  readonly queries: Set<LiveQuery>;
}

/** One query that is kept up to date, shared by all who watch it. */
export class LiveQuery {
  readonly plan: WirePlan;
  readonly listeners = new Listeners<LiveState<unknown>>();
  /** The subscription on the present socket. */
  subscription: number | undefined;
  view: View | undefined;
  /** What was shown last, for the next socket to go on from. */
  #store: ViewStore | undefined;
  #state = initialLiveState();

  constructor({ plan }: Query<unknown>) {
    this.plan = plan;
  }

  get state(): LiveState<unknown> {
    return this.#state;
  }

  /** What the gateway need not send again. */
  get digest(): string | undefined {
    return this.#store?.digest();
  }

  /** What is known of the view that now answers this query: nothing yet, or what an earlier socket has left. */
  takeStore(): ViewStore {
    this.#store ??= new ViewStore(this.plan);
    return this.#store;
  }

  /** The subscription is over; what was shown stays. */
  detach(): void {
    this.view?.queries.delete(this);
    this.view = undefined;
    this.subscription = undefined;
  }

  /** What the view says now. Returns whether there is something to tell. */
  follow(view: View): boolean {
    this.#store = view.isCurrent ? view.store : undefined;
    if (view.error !== undefined) return this.apply({ type: 'failed', error: view.error });
    return view.isCurrent && this.apply({ type: 'result', data: view.store.result });
  }

  /** Forgets what was shown. */
  clear(): boolean {
    this.#store = undefined;
    return this.apply({ type: 'cleared' });
  }

  /** Changes the state without calling listeners. Returns whether it has changed. */
  apply(event: LiveEvent): boolean {
    const next = nextLiveState(this.#state, event);
    if (next === this.#state) return false;
    this.#state = next;
    return true;
  }
}
