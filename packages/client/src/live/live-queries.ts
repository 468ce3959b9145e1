import type { ClientFrame, ServerFrame, ViewChange } from '@spookify/gateway/wire';
import type { RecordId } from 'surrealdb';
import { gatewayError, unknownFormat } from '../connection/gateway-error.ts';
import type { SocketEnd } from '../connection/socket-end.ts';
import type { ClientError } from '../errors.ts';
import type { Round, Tap } from '../inspection.ts';
import { callSafely } from '../listeners.ts';
import { type KnownRow, knownRows } from '../optimistic/known-rows.ts';
import type { Query } from '../query/query.ts';
import { LiveQuery, type LocalData, type View } from './live-query.ts';
import type { LiveEvent, LiveState } from './live-state.ts';
import { LocalRecords, type LocalSource, NO_WRITES } from './local-source.ts';
import { ViewStore } from './view-store.ts';

/** Ends a watch when called. May be called repeatedly. */
export interface Watch<Result = unknown> {
  (): void;
  /** The current state. When a listener is called, all watches already have their states of the same moment. */
  readonly state: LiveState<Result>;
  /** Reads again immediately, for example after a failure. */
  retry(): void;
}

/** A socket of a signed-in user. */
export interface LiveSource {
  readonly user: RecordId;
  send(frame: ClientFrame): void;
}

/** The result of an earlier visit. */
export interface EarlierResult {
  /** The difference from an empty view. */
  readonly content: ViewChange;
  /** The keys of the pending writes that it contains. */
  readonly contains: readonly string[];
}

/** The results of earlier visits. */
export interface ResultSource {
  /** The last result of a query. Never rejects. */
  read(user: string, query: string): Promise<EarlierResult | undefined>;
  /** The gateway has sent new data for these queries. */
  changed(user: string, queries: readonly LiveQuery[]): void;
}

const NO_RESULTS: ResultSource = { read: async () => undefined, changed: () => undefined };

/** The frames that contain the data of a view. */
type ViewFrame = Extract<ServerFrame, { type: 'snapshot' | 'delta' | 'same' | 'failed' }>;

/**
 * A query stays this long after its last watch, because going back to a page or re-rendering it is common.
 * Milliseconds.
 */
const LINGER_MS = 1_000;

/**
 * All watched queries. Equal queries share one subscription and its data.
 *
 * What arrives between `begin` and `commit` is one state of the database. It is kept until the commit and applied to
 * all queries before the first listener is called, so a page never shows a mix of two states. Pending writes are shown
 * on top of it, each until the state contains it.
 */
export class LiveQueries {
  readonly #writes: LocalSource;
  readonly #local: LocalRecords;
  readonly #results: ResultSource;
  readonly #tap: Tap;
  readonly #queries = new Map<string, LiveQuery>();
  readonly #lingering = new Map<LiveQuery, ReturnType<typeof setTimeout>>();
  readonly #subscriptions = new Map<number, LiveQuery>();
  readonly #views = new Map<number, View>();
  #source: LiveSource | undefined;
  #user: string | undefined;
  #lastSubscription = 0;
  /** The reason why there will be no further socket. */
  #failure: ClientError | undefined;
  /** The frames of the current round. */
  #round: ViewFrame[] | undefined;
  #position: number | undefined;
  #batch: (notify: () => void) => void = (notify) => notify();

  /**
   * @param writes the pending writes. Default: there are none
   * @param results the results of earlier visits. Default: there are none
   * @param tap where new states are reported. Default: nowhere
   */
  constructor(writes: LocalSource = NO_WRITES, results: ResultSource = NO_RESULTS, tap: Tap = {}) {
    this.#writes = writes;
    this.#results = results;
    this.#tap = tap;
    this.#local = new LocalRecords(writes, () => this.refresh());
  }

  /** The number of the last change that was shown. Nothing older may be shown. */
  get position(): number | undefined {
    return this.#position;
  }

  /** The keys of the pending writes that the gateway's data of a query contains. */
  containedBy(live: LiveQuery): Iterable<string> {
    // What a delayed view contains is not known.
    return live.contains ?? (live.isDelayed ? [] : this.#writes.contained);
  }

  /** All live queries. */
  get all(): Iterable<LiveQuery> {
    return this.#queries.values();
  }

  /** Calls the listener immediately with the current state, and then with every new one. */
  watch<Result>(query: Query<Result>, listener: (state: LiveState<Result>) => void): Watch<Result> {
    const live = this.#find(query);
    // Equal keys mean equal plans, and equal plans have the same result type.
    const typed = listener as (state: LiveState<unknown>) => void;
    const stop = live.listeners.add(typed);
    callSafely(typed, live.state);
    let ended = false;
    const end = (): void => {
      if (ended) return;
      ended = true;
      stop();
      if (live.listeners.size === 0) this.#linger(query.key, live);
    };
    return Object.defineProperties(end, {
      state: { get: () => live.state },
      retry: { value: () => this.#retry(live) },
    }) as unknown as Watch<Result>;
  }

  /** Sets the function in which all listeners of a round are called. Default: they are called one after the other. */
  batchWith(batch: (notify: () => void) => void): void {
    this.#batch = batch;
  }

  /** Changes queries and other states that belong together, and calls all listeners in one batch. */
  together(change: () => void): void {
    callSafely(this.#batch, change);
  }

  /** A socket is open and a user is signed in. */
  begin(source: LiveSource): void {
    this.admit(source.user.toString());
    this.#leaveSource();
    this.#source = source;
    for (const live of this.#queries.values()) this.#subscribe(live);
  }

  receive(frame: ServerFrame): void {
    switch (frame.type) {
      case 'begin':
        this.#round = [];
        break;
      case 'commit': {
        const frames = this.#round ?? [];
        this.#round = undefined;
        this.#position = Math.max(this.#position ?? 0, frame.position);
        // What the round contains is not shown on top of it any more.
        this.#writes.committed(frame.round);
        this.#show(frames, frame);
        break;
      }
      case 'snapshot':
      case 'delta':
      case 'same':
      case 'failed':
        if (this.#round === undefined) this.#show([frame]);
        else this.#round.push(frame);
        break;
      case 'subscribed':
        this.#attach(frame.id, frame.view, frame.delayed === true);
        break;
      case 'rejected': {
        const live = this.#subscriptions.get(frame.id);
        if (live?.apply({ type: 'failed', error: gatewayError(frame.error) })) this.#notify([live]);
        break;
      }
    }
  }

  /** The socket has ended. A query that was too large for the gateway fails instead of ending the next socket as well. */
  pause(end?: SocketEnd): void {
    const frame = end?.kind === 'too-large' ? end.frame : undefined;
    const tooLarge = frame?.type === 'subscribe' ? this.#subscriptions.get(frame.id) : undefined;
    this.#leaveSource();
    if (tooLarge !== undefined && end?.kind === 'too-large') tooLarge.refusal = end.error;
    this.#applyToAll((live) => live.apply(lostOr(live.refusal)));
  }

  /** This user is present, although there may be no socket: the results of his last visit are shown. */
  admit(user: string): void {
    if (this.#user === user) return;
    this.clear();
    this.#user = user;
    for (const live of this.#queries.values()) void this.#restore(live, user);
  }

  /** The user has signed out or another one has signed in: data that was shown must disappear. */
  clear(): void {
    this.#leaveSource();
    this.#local.clear();
    if (this.#user === undefined) return;
    this.#user = undefined;
    this.#applyToAll((live) => live.clear());
  }

  /** Shows the present pending writes. */
  refresh(): void {
    const tables = this.#local.refresh();
    if (tables.size === 0) return;
    const data = this.#data();
    this.#notify(this.#concernedBy(tables).filter((live) => live.show(data)));
  }

  /** The fields of a record as the gateway has sent them, from any query; undefined if no query has it. */
  knownRow(table: string, key: string): KnownRow | undefined {
    return this.#data().known(table, key);
  }

  /** There will be no further socket. */
  fail(error: ClientError): void {
    this.#failure = error;
    this.#leaveSource();
    this.#applyToAll((live) => live.apply({ type: 'failed', error }));
  }

  close(): void {
    this.#leaveSource();
    for (const timer of this.#lingering.values()) clearTimeout(timer);
    this.#lingering.clear();
    this.#queries.clear();
  }

  #leaveSource(): void {
    this.#source = undefined;
    this.#round = undefined;
    this.#views.clear();
    this.#subscriptions.clear();
    const contained = new Set(this.#writes.contained);
    for (const live of this.#queries.values()) live.detach(contained);
  }

  #applyToAll(apply: (live: LiveQuery) => boolean): void {
    this.#notify([...this.#queries.values()].filter(apply));
  }

  #notify(queries: readonly LiveQuery[]): void {
    if (queries.length === 0) return;
    this.#tap.listener?.({ kind: 'shown', queries });
    callSafely(this.#batch, () => {
      for (const live of queries) live.listeners.notify(live.state);
    });
  }

  /** Applies the views of one round, then calls the listeners of all changed queries together. */
  #show(frames: readonly ViewFrame[], round?: Round): void {
    const changed = new Set<View>();
    for (const frame of frames) {
      const view = this.#views.get(frame.view);
      // The subscription has just been ended.
      if (view === undefined) continue;
      try {
        takeIn(view, frame);
      } catch (error) {
        view.isCurrent = false;
        view.error = unknownFormat(error);
        const [live] = view.queries;
        if (live !== undefined) view.store = new ViewStore(live.plan);
      }
      changed.add(view);
    }
    const answered = [...changed].flatMap(({ queries }) => [...queries]);
    if (round !== undefined) this.#tap.listener?.({ kind: 'round', queries: answered, round });
    const tables = this.#local.refresh();
    const data = this.#data();
    const followers = [...changed].flatMap((view) => [...view.queries].filter((live) => live.follow(view, data)));
    const others = this.#concernedBy(tables).filter(({ view }) => view === undefined || !changed.has(view));
    this.#notify([...followers, ...others.filter((live) => live.show(data))]);
    if (this.#user !== undefined) this.#results.changed(this.#user, answered);
  }

  /** The queries that read one of these tables. */
  #concernedBy(tables: ReadonlySet<string>): LiveQuery[] {
    if (tables.size === 0) return [];
    return [...this.#queries.values()].filter((live) => live.tables.some((table) => tables.has(table)));
  }

  /** What the queries show on top of the gateway's data. Valid until the data changes. */
  #data(): LocalData {
    return { writes: this.#local, known: knownRows(this.#stores()) };
  }

  *#stores(): Iterable<ViewStore> {
    for (const { store } of this.#queries.values()) if (store !== undefined) yield store;
  }

  /** Shows the result of an earlier visit, unless the gateway answers first. */
  async #restore(live: LiveQuery, user: string): Promise<void> {
    const [result] = await Promise.all([this.#results.read(user, live.key), this.#writes.opened]);
    if (result === undefined || this.#user !== user || this.#queries.get(live.key) !== live) return;
    const store = new ViewStore(live.plan);
    try {
      store.replace(result.content);
      live.restore(store, new Set(result.contains));
    } catch {
      // Another version of this page has stored it, or something else has changed it.
      return;
    }
    if (live.show(this.#data())) this.#notify([live]);
  }

  #find<Result>(query: Query<Result>): LiveQuery {
    const known = this.#queries.get(query.key);
    if (known !== undefined) {
      clearTimeout(this.#lingering.get(known));
      this.#lingering.delete(known);
      return known;
    }
    const live = new LiveQuery(query);
    this.#queries.set(query.key, live);
    if (this.#failure !== undefined) live.apply({ type: 'failed', error: this.#failure });
    if (this.#user !== undefined) {
      live.show(this.#data());
      void this.#restore(live, this.#user);
    }
    this.#subscribe(live);
    return live;
  }

  #subscribe(live: LiveQuery): void {
    if (this.#source === undefined || live.refusal !== undefined) return;
    this.#lastSubscription += 1;
    const id = this.#lastSubscription;
    live.subscription = id;
    this.#subscriptions.set(id, live);
    const { digest } = live;
    this.#source.send({ type: 'subscribe', id, plan: live.plan, ...(digest === undefined ? {} : { digest }) });
  }

  #unsubscribe(live: LiveQuery): void {
    const { subscription: id } = live;
    this.#leaveView(live);
    live.detach(new Set(this.#writes.contained));
    if (id === undefined) return;
    this.#subscriptions.delete(id);
    this.#source?.send({ type: 'unsubscribe', id });
  }

  #leaveView(live: LiveQuery): void {
    const { view } = live;
    view?.queries.delete(live);
    if (view?.queries.size === 0)
      for (const [number, other] of this.#views) if (other === view) this.#views.delete(number);
  }

  #attach(id: number, number: number, isDelayed: boolean): void {
    const live = this.#subscriptions.get(id);
    if (live === undefined) return;
    const { view: present } = live;
    if (present !== undefined && this.#views.get(number) === present) {
      this.#follow(present, isDelayed);
      return;
    }
    // After a schema change another view may answer the subscription.
    this.#leaveView(live);
    const known = this.#views.get(number);
    const view = known ?? {
      store: live.takeStore(),
      isCurrent: false,
      isDelayed,
      error: undefined,
      queries: new Set(),
    };
    this.#views.set(number, view);
    view.queries.add(live);
    live.view = view;
    // The view of an equal plan may already exist, and then no further frame may follow.
    if (known !== undefined && live.follow(view, this.#data())) this.#notify([live]);
  }

  /** A view has become one that follows the rounds late, or is none any more. Its data stays. */
  #follow(view: View, isDelayed: boolean): void {
    if (view.isDelayed === isDelayed) return;
    view.isDelayed = isDelayed;
    // Data that was delayed is shown as such until there is newer data.
    if (!isDelayed) return;
    const data = this.#data();
    this.#notify([...view.queries].filter((live) => live.follow(view, data)));
  }

  #retry(live: LiveQuery): void {
    if (this.#failure !== undefined) return;
    live.refusal = undefined;
    const isChanged = live.apply({ type: 'retried' });
    if (this.#source !== undefined) {
      this.#unsubscribe(live);
      this.#subscribe(live);
    }
    if (isChanged) this.#notify([live]);
  }

  #linger(key: string, live: LiveQuery): void {
    if (this.#queries.get(key) !== live) return;
    const timer = setTimeout(() => {
      this.#lingering.delete(live);
      this.#queries.delete(key);
      this.#unsubscribe(live);
    }, LINGER_MS);
    this.#lingering.set(live, timer);
  }
}

function lostOr(refusal: ClientError | undefined): LiveEvent {
  return refusal === undefined ? { type: 'lost' } : { type: 'failed', error: refusal };
}

function takeIn(view: View, frame: ViewFrame): void {
  switch (frame.type) {
    case 'snapshot':
      view.store.replace(frame);
      break;
    case 'delta':
      // After a failure only a snapshot gives the current state.
      if (!view.isCurrent) return;
      view.store.apply(frame);
      break;
    case 'same':
      break;
    case 'failed':
      view.isCurrent = false;
      view.error = gatewayError(frame.error);
      return;
  }
  view.isCurrent = true;
  view.error = undefined;
}
