/* Which sockets hold which views, and an index of the views by key, by table and by reader. */

import type { CompiledPlan, Plan } from '../plans/plan.ts';
import type { Change } from './concerns.ts';
import { addTo, InterestIndex, interestsOf, removeFrom, tablesOf } from './interests.ts';
import { payersOf, ReaderBytes } from './reader-bytes.ts';
import type { Subscriber } from './subscriber.ts';
import { bytesOf, type Holding, type Socket, type View } from './view.ts';

export class Registry {
  readonly #sockets = new Map<Subscriber, Socket>();
  readonly #byReader = new Map<string, Set<Socket>>();
  readonly #byKey = new Map<string, View>();
  readonly #byTable = new Map<string, Set<View>>();
  readonly #interests = new InterestIndex<View>();
  readonly waiting = new Set<Holding>();
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
    if (by !== 0) for (const reader of payersOf(view)) this.#readerBytes.add(reader, by);
  }

  /** The bytes of rows in the views of one reader. */
  bytesOf(reader: string): number {
    return this.#readerBytes.of(reader);
  }

  /** The bytes that would be added to them if the reader held this view. */
  costOf(view: View, reader: string): number {
    return view.lastReader === reader || this.#isHeldBy(view, reader) ? 0 : bytesOf(view);
  }

  #isHeldBy(view: View, reader: string): boolean {
    for (const { holdings } of this.socketsOf(reader)) if (holdings.has(view)) return true;
    return false;
  }

  socketOf(subscriber: Subscriber): Socket | undefined {
    return this.#sockets.get(subscriber);
  }

  socketsOf(reader: string): Iterable<Socket> {
    return this.#byReader.get(reader) ?? [];
  }

  isWatched(table: string): boolean {
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
      holdings: new Map(),
      byId: new Map(),
      behindSince: undefined,
      expects: [],
    };
    this.#sockets.set(subscriber, socket);
    addTo(this.#byReader, reader, socket);
    return socket;
  }

  leave(subscriber: Subscriber, now: number): void {
    const socket = this.#sockets.get(subscriber);
    if (!socket) return;
    for (const holding of [...socket.holdings.values()]) this.drop(holding, now);
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
      holders: new Set(),
      emptySince: undefined,
      lastReader: undefined,
      failures: 0,
      retryAt: undefined,
      costMs: undefined,
      isLate: false,
      snapshot: undefined,
      digest: undefined,
    };
    this.#byKey.set(key, view);
    for (const table of tablesOf(compiled)) addTo(this.#byTable, table, view);
    this.changed(view);
    return view;
  }

  /** Keeps the view, with a plan that was compiled again. */
  replace(view: View, compiled: CompiledPlan): void {
    for (const table of tablesOf(view.compiled)) removeFrom(this.#byTable, table, view);
    view.compiled = compiled;
    for (const table of tablesOf(compiled)) addTo(this.#byTable, table, view);
    this.changed(view);
  }

  /** Updates what the view depends on after its status has changed. */
  changed(view: View): void {
    const { compiled, status } = view;
    this.#interests.set(view, interestsOf(compiled, status.kind === 'shown' ? status.state : undefined));
  }

  /** Views that a change may affect. */
  candidates({ id, key, row }: Change): Iterable<View> {
    return this.#interests.find(id.table.name, key, row) ?? this.viewsOf(id.table.name);
  }

  /** @param waitingFor the first round that may answer it */
  hold(socket: Socket, view: View, plan: Plan, waitingFor: number, digest: string | undefined): Holding {
    const known = socket.holdings.get(view);
    if (known) return known;
    const holding: Holding = { socket, view, plan, ids: new Set(), waitingFor, digest };
    const { reader } = socket;
    if (view.lastReader !== undefined) this.#readerBytes.add(view.lastReader, -bytesOf(view));
    if (!this.#isHeldBy(view, reader)) this.#readerBytes.add(reader, bytesOf(view));
    socket.holdings.set(view, holding);
    view.holders.add(holding);
    view.emptySince = undefined;
    view.lastReader = undefined;
    this.waiting.add(holding);
    return holding;
  }

  answered(holding: Holding): void {
    holding.waitingFor = undefined;
    holding.digest = undefined;
    this.waiting.delete(holding);
  }

  drop(holding: Holding, now: number): void {
    const { socket, view } = holding;
    socket.holdings.delete(view);
    for (const id of holding.ids) if (socket.byId.get(id) === holding) socket.byId.delete(id);
    view.holders.delete(holding);
    this.waiting.delete(holding);
    // The bytes of a removed view are no longer counted.
    if (view.holders.size > 0) {
      if (this.has(view) && !this.#isHeldBy(view, socket.reader)) this.#readerBytes.add(socket.reader, -bytesOf(view));
    } else {
      view.emptySince = now;
      if (this.has(view)) view.lastReader = socket.reader;
    }
  }

  remove(view: View): void {
    if (this.#byKey.get(view.key) !== view) return;
    this.#byKey.delete(view.key);
    for (const table of tablesOf(view.compiled)) removeFrom(this.#byTable, table, view);
    this.#interests.remove(view);
    this.failing.delete(view);
    this.changeBytes(view, -bytesOf(view));
  }

  has(view: View): boolean {
    return this.#byKey.get(view.key) === view;
  }
}
