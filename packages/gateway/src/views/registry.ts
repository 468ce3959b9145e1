/* Which sockets subscribe to which views, and an index of the views by key, by table and by reader. */

import type { CompiledPlan, Plan } from '../plans/plan.ts';
import { addTo, DependencyIndex, dependenciesOf, removeFrom, tablesOf } from './affected/dependencies.ts';
import type { Change } from './maintain/change.ts';
import { chargedReaders, ReaderBytes } from './reader-bytes.ts';
import type { Subscriber } from './subscriber.ts';
import { bytesOf, type Socket, type View, type ViewSubscription } from './view.ts';

export class Registry {
  readonly #sockets = new Map<Subscriber, Socket>();
  readonly #byReader = new Map<string, Set<Socket>>();
  readonly #byKey = new Map<string, View>();
  readonly #byTable = new Map<string, Set<View>>();
  readonly #dependencies = new DependencyIndex<View>();
  readonly waiting = new Set<ViewSubscription>();
  /** Views that are read again when their `retryAt` has passed. */
  readonly failing = new Set<View>();
  #lastNumber = 0;
  #engineNumber = 0;
  readonly #engineNumbers = new WeakMap<Subscriber, number>();
  #bytes = 0;
  readonly #readerBytes = new ReaderBytes();

  get views(): Iterable<View> {
    return this.#byKey.values();
  }

  get sockets(): Iterable<Socket> {
    return this.#sockets.values();
  }

  get size(): { readonly views: number; readonly subscriptions: number; readonly bytes: number } {
    let subscriptions = 0;
    for (const { byId } of this.#sockets.values()) subscriptions += byId.size;
    return { views: this.#byKey.size, subscriptions, bytes: this.#bytes };
  }

  /** The number of users with open sockets. */
  get readers(): number {
    return this.#byReader.size;
  }

  /** The bytes of all rows, as counted by `changeBytes`. */
  get bytes(): number {
    return this.#bytes;
  }

  changeBytes(view: View, by: number): void {
    this.#bytes += by;
    if (by !== 0) for (const reader of chargedReaders(view)) this.#readerBytes.add(reader, by);
  }

  /** The bytes of rows in the views of one reader. */
  bytesOf(reader: string): number {
    return this.#readerBytes.of(reader);
  }

  /** The bytes that would be added to them if the reader subscribed to this view. */
  costOf(view: View, reader: string): number {
    return view.lastReader === reader || this.#isUsedBy(view, reader) ? 0 : bytesOf(view);
  }

  #isUsedBy(view: View, reader: string): boolean {
    for (const { byView } of this.socketsOf(reader)) if (byView.has(view)) return true;
    return false;
  }

  socketOf(subscriber: Subscriber): Socket | undefined {
    return this.#sockets.get(subscriber);
  }

  socketsOf(reader: string): Iterable<Socket> {
    return this.#byReader.get(reader) ?? [];
  }

  hasViewsOf(table: string): boolean {
    return this.#byTable.has(table);
  }

  viewsOf(table: string): Iterable<View> {
    return this.#byTable.get(table) ?? [];
  }

  enter(subscriber: Subscriber): Socket {
    const known = this.#sockets.get(subscriber);
    if (known) return known;
    const reader = String(subscriber.reader);
    const socket: Socket = {
      subscriber,
      reader,
      byView: new Map(),
      byId: new Map(),
      behindSince: undefined,
      expectedRounds: [],
    };
    this.#sockets.set(subscriber, socket);
    addTo(this.#byReader, reader, socket);
    return socket;
  }

  leave(subscriber: Subscriber, now: number): void {
    const socket = this.#sockets.get(subscriber);
    if (!socket) return;
    for (const subscription of [...socket.byView.values()]) this.detach(subscription, now);
    socket.byId.clear();
    this.#sockets.delete(subscriber);
    removeFrom(this.#byReader, socket.reader, socket);
  }

  /**
   * The view of a compiled plan: an existing one, or a new one. A view that only the reader's session can read is never
   * shared.
   */
  viewOf(compiled: CompiledPlan, subscriber: Subscriber): View {
    const key = compiled.live.kind === 'engine' ? `${this.#engineKey(subscriber)} ${compiled.key}` : compiled.key;
    return this.#byKey.get(key) ?? this.#add(key, compiled);
  }

  #engineKey(subscriber: Subscriber): number {
    const known = this.#engineNumbers.get(subscriber);
    if (known !== undefined) return known;
    this.#engineNumber += 1;
    this.#engineNumbers.set(subscriber, this.#engineNumber);
    return this.#engineNumber;
  }

  /** A view that is not shared, for a plan that does not fit the schema. */
  brokenView(compiled: CompiledPlan): View {
    const view = this.#add(`broken ${this.#lastNumber + 1}`, compiled);
    view.isBroken = true;
    return view;
  }

  #add(key: string, compiled: CompiledPlan): View {
    this.#lastNumber += 1;
    const view: View = {
      number: this.#lastNumber,
      key,
      compiled,
      isBroken: false,
      status: { kind: 'new' },
      subscriptions: new Set(),
      unusedSince: undefined,
      lastReader: undefined,
      failures: 0,
      retryAt: undefined,
      costMs: undefined,
      isDeferred: false,
      snapshot: undefined,
      digest: undefined,
    };
    this.#byKey.set(key, view);
    for (const table of tablesOf(compiled)) addTo(this.#byTable, table, view);
    this.reindex(view);
    return view;
  }

  /** Keeps the view, with a plan that was compiled again. */
  replace(view: View, compiled: CompiledPlan): void {
    for (const table of tablesOf(view.compiled)) removeFrom(this.#byTable, table, view);
    view.compiled = compiled;
    for (const table of tablesOf(compiled)) addTo(this.#byTable, table, view);
    this.reindex(view);
  }

  /** Updates what the view depends on after its status has changed. */
  reindex(view: View): void {
    const { compiled, status } = view;
    this.#dependencies.set(view, dependenciesOf(compiled, status.kind === 'shown' ? status.state : undefined));
  }

  /** Views that a change may affect. */
  candidates({ table, key, row }: Change): Iterable<View> {
    return this.#dependencies.find(table, key, row) ?? this.viewsOf(table);
  }

  /** @param waitingFor the first round that may answer it */
  attach(socket: Socket, view: View, plan: Plan, waitingFor: number, digest: string | undefined): ViewSubscription {
    const known = socket.byView.get(view);
    if (known) return known;
    const subscription: ViewSubscription = { socket, view, plan, ids: new Set(), waitingFor, digest };
    const { reader } = socket;
    if (view.lastReader !== undefined) this.#readerBytes.add(view.lastReader, -bytesOf(view));
    if (!this.#isUsedBy(view, reader)) this.#readerBytes.add(reader, bytesOf(view));
    socket.byView.set(view, subscription);
    view.subscriptions.add(subscription);
    view.unusedSince = undefined;
    view.lastReader = undefined;
    this.waiting.add(subscription);
    return subscription;
  }

  answered(subscription: ViewSubscription): void {
    subscription.waitingFor = undefined;
    subscription.digest = undefined;
    this.waiting.delete(subscription);
  }

  detach(subscription: ViewSubscription, now: number): void {
    const { socket, view } = subscription;
    socket.byView.delete(view);
    for (const id of subscription.ids) if (socket.byId.get(id) === subscription) socket.byId.delete(id);
    view.subscriptions.delete(subscription);
    this.waiting.delete(subscription);
    // The bytes of a removed view are no longer counted.
    if (view.subscriptions.size > 0) {
      if (this.has(view) && !this.#isUsedBy(view, socket.reader)) this.#readerBytes.add(socket.reader, -bytesOf(view));
    } else {
      view.unusedSince = now;
      if (this.has(view)) view.lastReader = socket.reader;
    }
  }

  remove(view: View): void {
    if (this.#byKey.get(view.key) !== view) return;
    this.#byKey.delete(view.key);
    for (const table of tablesOf(view.compiled)) removeFrom(this.#byTable, table, view);
    this.#dependencies.remove(view);
    this.failing.delete(view);
    this.changeBytes(view, -bytesOf(view));
  }

  has(view: View): boolean {
    return this.#byKey.get(view.key) === view;
  }
}
