/*
 * One tab of the soak: a WebSocket with the cookie or token of its browser, the views of the tab, and what it must
 * show.
 *
 *   away ──connect──▶ open ──disconnect · signed out──▶ away
 */
import { randomUUID } from 'node:crypto';
import { WebSocket } from 'ws';
import { CLOSE_REASONS } from '../../wire/errors.ts';
import type { ClientFrame, ServerFrame } from '../../wire/frames.ts';
import type { WireWrite } from '../../wire/plan.ts';
import { Expectations, isMet } from './expectations.ts';
import { SoakFault } from './fault.ts';
import type { WatchedPlan } from './plans.ts';
import { type Subscription, TabViews } from './tab-views.ts';
import type { WatchedView } from './watched-view.ts';

type Answer = Extract<ServerFrame, { type: 'written' | 'refused' }>;

export interface SoakTabOptions {
  readonly name: string;
  /** The key of the user. */
  readonly user: string;
  /** The key of the board that the tab watches by its id. */
  readonly favourite: string;
  readonly plans: readonly WatchedPlan[];
  /** A monotonic clock in milliseconds. */
  readonly now: () => number;
  readonly onFault: (fault: SoakFault) => void;
  /** Whether the row was deleted, or its deletion is under way. */
  readonly isGone: (key: string) => boolean;
  /** How long expectations waited, in milliseconds. */
  readonly onShown: (waitedMs: readonly number[]) => void;
  /** Changes or drops a frame before the tab sees it. It proves that the checks can fail. */
  readonly interfere?: (frame: ServerFrame, tab: string) => ServerFrame | undefined;
}

/** What a tab must show of a row. */
interface Shown {
  readonly key: string;
  readonly version: number | 'gone';
}

interface PendingWrite {
  readonly resolve: (answer: Answer | undefined) => void;
  readonly row: Shown;
}

/** For the report of a fault. */
const RECENT_FRAMES = 40;
const FRAME_TEXT_MAX = 1_000;

export class SoakTab {
  readonly name: string;
  readonly user: string;
  readonly favourite: string;
  readonly #options: SoakTabOptions;
  readonly #expectations: Expectations;
  readonly #views: TabViews;
  readonly #writes = new Map<number, PendingWrite>();
  /** Rows that this tab wrote, with the round that must show them. */
  #promised: (Shown & { readonly round: number })[] = [];
  #socket: WebSocket | undefined;
  #lastId = 0;
  #frames = 0;
  #onChange: () => void = () => undefined;
  readonly #recent: string[] = [];

  constructor(options: SoakTabOptions) {
    this.#options = options;
    this.name = options.name;
    this.user = options.user;
    this.favourite = options.favourite;
    this.#expectations = new Expectations(options.now);
    this.#views = new TabViews(options.user, options.plans);
  }

  get isOpen(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** What was received: frames and rows, commits, `same` answers, catch-ups, and views that were too slow. */
  get counts(): Readonly<TabViews['counts'] & { frames: number }> {
    return { frames: this.#frames, ...this.#views.counts };
  }

  /** The watched plans with their results; undefined before the first answer. */
  get views(): readonly { readonly plan: WatchedPlan; readonly view: WatchedView | undefined }[] {
    return this.#views.subscriptions.map(({ plan, view, isAnswered }) => ({
      plan,
      view: isAnswered ? view : undefined,
    }));
  }

  get isAnswered(): boolean {
    return this.isOpen && this.#views.isAnswered;
  }

  /** The number of rows that the tab must show and does not show yet. */
  get expected(): number {
    return this.#expectations.size;
  }

  /** Resolves when every subscription is answered. */
  async connect(url: string, headers: Record<string, string>): Promise<void> {
    const { position } = this.#views;
    const socket = new WebSocket(`${url}/spooky/socket?protocol=2${position > 0 ? `&round=${position}` : ''}`, {
      headers,
    });
    this.#socket = socket;
    this.#views.reconnect();
    this.#promised = [];
    socket.on('message', (data) => {
      if (this.#socket === socket) this.#receive(String(data));
    });
    socket.on('error', () => undefined);
    socket.on('close', (code, reason) => this.#closed(socket, code, reason.toString()));
    await this.answered();
    this.#settle();
  }

  /** Resolves when every subscription is answered. */
  answered(): Promise<void> {
    return this.#until(() => this.isAnswered);
  }

  /** Closes the socket and keeps the views. */
  async disconnect(): Promise<void> {
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket === undefined) return;
    const closed = new Promise((resolve) => socket.once('close', resolve));
    if (socket.isPaused) socket.resume();
    socket.close();
    if (socket.readyState !== WebSocket.CLOSED) await closed;
  }

  /** Resolves when the gateway has closed the socket because the session has ended; the tab then shows nothing. */
  async signedOut(): Promise<void> {
    await this.#until(() => this.#socket === undefined);
    this.#expectations.clear();
    this.#views.clear();
  }

  watches(name: string): boolean {
    return this.#views.has(name);
  }

  subscribe(plan: WatchedPlan): void {
    const subscription = this.#views.add(plan);
    if (this.isOpen) this.#sendSubscribe(subscription);
  }

  unsubscribe(name: string): void {
    const removed = this.#views.remove(name);
    if (this.isOpen && removed !== undefined && removed.id > 0) this.#send({ type: 'unsubscribe', id: removed.id });
  }

  /** Reads nothing until `resume`. */
  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#expectations.restart();
    if (this.#socket?.isPaused === true) this.#socket.resume();
  }

  /**
   * Makes a write as a page does. Resolves with undefined if the session ends first.
   *
   * @param row what the tab must show at the round that the answer names
   */
  write(write: WireWrite, row: Shown): Promise<Answer | undefined> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve) => {
      this.#writes.set(id, { resolve, row });
      this.#send({ type: 'write', id, write, key: randomUUID() });
    });
  }

  /** The tab must show this version of a row, or that it is gone. It may show it already. */
  expect(key: string, version: number | 'gone'): void {
    this.#expectations.add(key, version);
    this.#settle();
  }

  /** @throws SoakFault if an acknowledged write has not been shown for longer than `boundMs` */
  checkWaiting(boundMs: number): void {
    if (!this.isOpen || this.#socket?.isPaused === true) return;
    try {
      this.#expectations.check(boundMs, (key) => this.#views.shown(key));
    } catch (error) {
      throw this.#explained(error);
    }
  }

  #receive(text: string): void {
    const { interfere } = this.#options;
    const given = JSON.parse(text) as ServerFrame;
    const frame = interfere === undefined ? given : interfere(given, this.name);
    this.#frames += 1;
    this.#recent.push(text.slice(0, FRAME_TEXT_MAX));
    if (this.#recent.length > RECENT_FRAMES) this.#recent.shift();
    try {
      if (frame !== undefined) this.#take(frame);
    } catch (error) {
      this.#options.onFault(this.#explained(error));
    }
    this.#onChange();
  }

  #take(frame: ServerFrame): void {
    switch (frame.type) {
      case 'hello':
        if (frame.user.$r[1] !== this.user) throw new SoakFault('the session belongs to somebody else');
        for (const subscription of this.#views.subscriptions) this.#sendSubscribe(subscription);
        return;
      case 'written':
      case 'refused':
        this.#answer(frame);
        return;
      case 'pong':
      case 'synced':
        return;
      default:
        this.#views.take(frame);
        if (frame.type === 'commit') this.#committed();
    }
  }

  #committed(): void {
    const { round } = this.#views;
    const due = this.#promised.filter((promise) => promise.round <= round);
    this.#promised = this.#promised.filter((promise) => promise.round > round);
    for (const { key, version } of due) {
      // Another tab of the user may have deleted it in the meantime, or the view that shows it may have failed.
      if (!this.isAnswered || isMet(version, this.#views.shown(key)) || this.#options.isGone(key)) continue;
      throw new SoakFault(`${key} in version ${version} was promised for round ${round}, but is not shown`);
    }
    this.#settle();
  }

  #settle(): void {
    if (this.expected > 0) this.#options.onShown(this.#expectations.settle((key) => this.#views.shown(key)));
  }

  #answer(frame: Answer): void {
    const pending = this.#writes.get(frame.id);
    if (pending === undefined) throw new SoakFault(`an answer to write ${frame.id}, which is not under way`);
    this.#writes.delete(frame.id);
    // Before the next frame is read, which may be the promised round.
    if (frame.type === 'written') this.#promised.push({ round: frame.visibleIn, ...pending.row });
    pending.resolve(frame);
  }

  #closed(socket: WebSocket, code: number, reason: string): void {
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    for (const { resolve } of this.#writes.values()) resolve(undefined);
    this.#writes.clear();
    if (code !== CLOSE_REASONS.signedOut) {
      this.#options.onFault(this.#explained(new SoakFault(`the gateway closed the socket with ${code} ${reason}`)));
    }
    this.#onChange();
  }

  #sendSubscribe(subscription: Subscription): void {
    this.#lastId += 1;
    subscription.id = this.#lastId;
    const { id, plan, view } = subscription;
    this.#send({ type: 'subscribe', id, plan: plan.wire, ...(view.isFilled && { digest: view.digest() }) });
  }

  #send(frame: ClientFrame): void {
    this.#socket?.send(JSON.stringify(frame));
  }

  #until(check: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!check()) return;
        this.#onChange = () => undefined;
        resolve();
      };
      this.#onChange = look;
      look();
    });
  }

  /** Adds what is needed to find the cause. */
  #explained(error: unknown): SoakFault {
    const { message, details } = error instanceof SoakFault ? error : new SoakFault(String(Object(error).stack));
    const { round, position } = this.#views;
    return new SoakFault(`${this.name}: ${message}`, { ...details, round, position, recentFrames: [...this.#recent] });
  }
}
