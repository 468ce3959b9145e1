import type { WirePlan } from '@spookify/gateway/wire';
import type { ClientError } from '../errors.ts';
import { Listeners } from '../listeners.ts';
import { answersAlone } from '../optimistic/answers-alone.ts';
import type { KnownRows } from '../optimistic/known-rows.ts';
import { Overlay } from '../optimistic/overlay.ts';
import type { PendingRecords } from '../optimistic/pending-records.ts';
import type { Query } from '../query/query.ts';
import { initialLiveState, type LiveEvent, type LiveState, nextLiveState } from './live-state.ts';
import type { LocalVersions } from './local-source.ts';
import { ViewStore } from './view-store.ts';

/** A view of the gateway and its data. Equal plans of one socket share a view. */
export interface View {
  store: ViewStore;
  /** Whether the store has the view's state of this socket. */
  isCurrent: boolean;
  /** Whether changes reach this view later than the round that shows them elsewhere. */
  isDelayed: boolean;
  error: ClientError | undefined;
  readonly queries: Set<LiveQuery>;
}

/** What the queries show on top of the gateway's data. */
export interface LocalData {
  /** The pending writes. */
  readonly writes: LocalVersions;
  readonly known: KnownRows;
}

/** One live query, shared by all of its watches. */
export class LiveQuery {
  readonly key: string;
  readonly plan: WirePlan;
  /** The tables that it reads. */
  readonly tables: readonly string[];
  readonly listeners = new Listeners<LiveState<unknown>>();
  /** The subscription on the current socket. */
  subscription: number | undefined;
  view: View | undefined;
  /** Why the query is not sent again before a retry. */
  refusal: ClientError | undefined;
  /** The gateway's data that was shown last. The next socket continues from it. */
  #store: ViewStore | undefined;
  /**
   * The keys of the pending writes that the data contains, if it is of an earlier visit or socket: it may lack what a round
   * of this socket contains.
   */
  #contains: ReadonlySet<string> | undefined;
  /** Whether the data may lack what a round has shown elsewhere. */
  #isDelayed = false;
  readonly #overlay: Overlay;
  #state = initialLiveState();

  constructor({ key, plan }: Query<unknown>) {
    this.key = key;
    this.plan = plan;
    this.tables = tablesOf(plan);
    this.#overlay = new Overlay(plan);
  }

  get state(): LiveState<unknown> {
    return this.#state;
  }

  /** The gateway's data, if there is any. */
  get store(): ViewStore | undefined {
    return this.#store;
  }

  /** The keys of the pending writes that data of an earlier visit or socket contains. Undefined: the data is current. */
  get contains(): ReadonlySet<string> | undefined {
    return this.#contains;
  }

  /** Whether the data may lack what a round has shown elsewhere. */
  get isDelayed(): boolean {
    // A view that is not delayed any more may still have the data from before.
    return this.#isDelayed || (this.view?.isDelayed ?? false);
  }

  /** The digest of the known data, which the gateway need not send again. */
  get digest(): string | undefined {
    return this.#store?.digest();
  }

  /** The data of the view that answers this query now: empty, or the data of an earlier socket or visit. */
  takeStore(): ViewStore {
    return this.#store ?? new ViewStore(this.plan);
  }

  /** Takes the data of an earlier visit, unless there is newer data. */
  restore(store: ViewStore, contains: ReadonlySet<string>): void {
    if (this.#store !== undefined || this.view?.isCurrent) return;
    this.#store = store;
    this.#contains = contains;
  }

  /**
   * The subscription has ended. The shown data stays.
   *
   * @param contained the keys of the pending writes that current data contains
   */
  detach(contained: ReadonlySet<string>): void {
    this.view?.queries.delete(this);
    this.view = undefined;
    this.subscription = undefined;
    if (this.#store !== undefined) this.#contains ??= contained;
  }

  /** Applies the current state of the view. Returns whether the listeners must be called. */
  follow(view: View, local: LocalData): boolean {
    if (view.isCurrent) {
      this.#store = view.store;
      this.#contains = undefined;
      this.#isDelayed = view.isDelayed;
    } else if (this.#store === view.store) {
      this.#store = undefined;
    }
    if (view.error !== undefined) return this.apply({ type: 'failed', error: view.error });
    return view.isCurrent && this.show(local);
  }

  /** Applies the pending writes to the known data. Returns whether the listeners must be called. */
  show(local: LocalData): boolean {
    const pending = this.#pendingOf(local);
    const isKnown = this.#store !== undefined || answersAlone(this.plan, pending, local.known);
    if (!isKnown) return false;
    const data = this.#overlay.result(this.takeStore(), pending, local.known);
    return this.apply(this.view?.isCurrent ? { type: 'result', data } : { type: 'local', data });
  }

  #pendingOf({ writes }: LocalData): PendingRecords {
    if (this.#contains !== undefined) return writes.lackedBy(this.#contains);
    return this.isDelayed ? writes.delayed : writes.pending;
  }

  /** Discards the shown data. */
  clear(): boolean {
    this.#store = undefined;
    this.#contains = undefined;
    this.#isDelayed = false;
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

function tablesOf(plan: WirePlan): readonly string[] {
  const tables = new Set<string>();
  const visit = ({ table, related = [] }: WirePlan): void => {
    tables.add(table);
    for (const relation of related) visit(relation.plan);
  };
  visit(plan);
  return [...tables];
}
