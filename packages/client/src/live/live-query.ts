import type { WirePlan } from '@spookify/gateway/wire';
import type { ClientError } from '../errors.ts';
import { Listeners } from '../listeners.ts';
import type { Query } from '../query/query.ts';
import { initialLiveState, type LiveEvent, type LiveState, nextLiveState } from './live-state.ts';
import { ViewStore } from './view-store.ts';

/** A view of the gateway and its data. Equal plans of one socket share a view. */
export interface View {
  store: ViewStore;
  /** Whether the store has the view's state of this socket. */
  isCurrent: boolean;
  error: ClientError | undefined;
  readonly queries: Set<LiveQuery>;
}

/** One live query, shared by all of its watches. */
export class LiveQuery {
  readonly plan: WirePlan;
  readonly listeners = new Listeners<LiveState<unknown>>();
  /** The subscription on the current socket. */
  subscription: number | undefined;
  view: View | undefined;
  /** Why the query is not sent again before a retry. */
  refusal: ClientError | undefined;
  /** The data that was shown last. The next socket continues from it. */
  #store: ViewStore | undefined;
  #state = initialLiveState();

  constructor({ plan }: Query<unknown>) {
    this.plan = plan;
  }

  get state(): LiveState<unknown> {
    return this.#state;
  }

  /** The digest of the known data, which the gateway need not send again. */
  get digest(): string | undefined {
    return this.#store?.digest();
  }

  /** The data of the view that answers this query now: empty, or the data of an earlier socket. */
  takeStore(): ViewStore {
    this.#store ??= new ViewStore(this.plan);
    return this.#store;
  }

  /** The subscription has ended. The shown data stays. */
  detach(): void {
    this.view?.queries.delete(this);
    this.view = undefined;
    this.subscription = undefined;
  }

  /** Applies the current state of the view. Returns whether the listeners must be called. */
  follow(view: View): boolean {
    this.#store = view.isCurrent ? view.store : undefined;
    if (view.error !== undefined) return this.apply({ type: 'failed', error: view.error });
    return view.isCurrent && this.apply({ type: 'result', data: view.store.result });
  }

  /** Discards the shown data. */
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
