/*
 * One tab of the soak: a WebSocket with the cookie or token of its browser, and the state of its views. It checks each
 * frame and each commit, and never tolerates anything that a gateway must not send.
 *
 *   away ──connect──▶ open ──disconnect · signed out──▶ away
 *
 * Its views survive a disconnect, as those of a client do: it connects again with their digests and its position.
 */
import { WebSocket } from 'ws';
import { CLOSE_REASONS } from '../../wire/errors.ts';
import type { ClientFrame, ServerFrame, WireRow } from '../../wire/frames.ts';
import type { WireWrite } from '../../wire/plan.ts';
import { checkRow, checkTab } from './checks.ts';
import { Expectations, isMet, PAST } from './expectations.ts';
import { SoakFault } from './fault.ts';
import { FEED_LIMIT, type WatchedPlan } from './plans.ts';
import { WatchedView } from './watched-view.ts';

export type Answer = Extract<ServerFrame, { type: 'written' | 'refused' }>;

export interface SoakTabOptions {
  readonly name: string;
  /** The key of the user. */
  readonly user: string;
  /** The key of the board that the tab watches by its id. */
  readonly favourite: string;
  readonly plans: readonly WatchedPlan[];
  readonly now: () => number;
  readonly onFault: (fault: SoakFault) => void;
  /** Whether the row was deleted, or its deletion is under way. */
  readonly isGone: (key: string) => boolean;
  /** How long expectations waited, in milliseconds. */
  readonly onShown: (waitedMs: readonly number[]) => void;
  /** Changes or drops a frame before the tab sees it. It proves that the checks can fail. */
  readonly interfere?: (frame: ServerFrame, tab: string) => ServerFrame | undefined;
}

interface Subscription {
  readonly plan: WatchedPlan;
  readonly view: WatchedView;
  /** The id on the current socket. */
  id: number;
  isAnswered: boolean;
}

/** What a write that was sent must show on this tab, and when. */
interface PendingWrite {
  readonly resolve: (answer: Answer | undefined) => void;
  readonly row: { readonly key: string; readonly version: number | 'gone' };
}

export interface TabCounts {
  readonly frames: number;
  readonly rows: number;
  readonly commits: number;
  /** Snapshots of views that were current on the same socket: the tab was behind. */
  readonly caughtUp: number;
  readonly same: number;
  /** Views that the database was too slow for, for a while. */
  readonly failed: number;
}

const RECENT = 40;
const FRAME_TEXT_MAX = 1_000;

export class SoakTab {
  readonly name: string;
  readonly user: string;
  readonly favourite: string;
  readonly #expectations: Expectations;
  readonly #options: SoakTabOptions;
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #byView = new Map<number, Subscription>();
  readonly #writes = new Map<number, PendingWrite>();
  /** Rows that this tab wrote, by the round that must show them. */
  #ownWrites: { readonly round: number; readonly key: string; readonly version: number | 'gone' }[] = [];
  #socket: WebSocket | undefined;
  #lastId = 0;
  #round = -1;
  #position = 0;
  #isInRound = false;
  #changedInRound = new Set<string>();
  #onChange: () => void = () => undefined;
  readonly #recent: string[] = [];
  readonly #counts = { frames: 0, rows: 0, commits: 0, caughtUp: 0, same: 0, failed: 0 };

  constructor(options: SoakTabOptions) {
    this.#options = options;
    this.name = options.name;
    this.user = options.user;
    this.favourite = options.favourite;
    this.#expectations = new Expectations(options.now);
    for (const plan of options.plans) this.#subscriptions.set(plan.name, subscriptionOf(plan));
  }

  get isOpen(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  get isReading(): boolean {
    return this.isOpen && this.#socket?.isPaused === false;
  }

  get counts(): TabCounts {
    return this.#counts;
  }

  /** The watched plans with their results; undefined before the first answer. */
  get views(): readonly { readonly plan: WatchedPlan; readonly view: WatchedView | undefined }[] {
    return [...this.#subscriptions.values()].map(({ plan, view, isAnswered }) => ({
      plan,
      view: isAnswered ? view : undefined,
    }));
  }

  get isAnswered(): boolean {
    return this.isOpen && [...this.#subscriptions.values()].every(({ isAnswered }) => isAnswered);
  }

  /** Resolves when every subscription is answered. Rejects if the gateway refuses the socket. */
  async connect(url: string, headers: Record<string, string>): Promise<void> {
    const position = this.#position > 0 ? `&round=${this.#position}` : '';
    const socket = new WebSocket(`${url}/spooky/socket?protocol=1${position}`, { headers });
    this.#socket = socket;
    this.#round = -1;
    this.#isInRound = false;
    this.#byView.clear();
    this.#ownWrites = [];
    for (const subscription of this.#subscriptions.values()) subscription.isAnswered = false;
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
    this.#position = 0;
    this.#expectations.clear();
    for (const { plan } of [...this.#subscriptions.values()]) {
      this.#subscriptions.set(plan.name, subscriptionOf(plan));
    }
  }

  watches(name: string): boolean {
    return this.#subscriptions.has(name);
  }

  subscribe(plan: WatchedPlan): void {
    const subscription = subscriptionOf(plan);
    this.#subscriptions.set(plan.name, subscription);
    if (this.isOpen) this.#sendSubscribe(subscription);
  }

  unsubscribe(name: string): void {
    const subscription = this.#subscriptions.get(name);
    if (subscription === undefined) return;
    this.#subscriptions.delete(name);
    if (this.isOpen && subscription.id > 0) this.#send({ type: 'unsubscribe', id: subscription.id });
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
   * Makes a write as a page does.
   *
   * @param row what the tab must show at the round that the answer names
   */
  write(write: WireWrite, row: PendingWrite['row']): Promise<Answer | undefined> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve) => {
      this.#writes.set(id, { resolve, row });
      this.#send({ type: 'write', id, write });
    });
  }

  /** The version that the tab shows of a row. */
  shown(key: string): number | undefined {
    for (const { plan, view, isAnswered } of this.#subscriptions.values()) {
      if (!isAnswered || !plan.isExact) continue;
      const version = view.versionOf(key);
      if (version !== undefined) return version;
    }
    // A message that newer ones have pushed out of the window was delivered.
    return this.#isPastWindow(key) ? PAST : undefined;
  }

  /** The tab must show this version of a row, or that it is gone. It may show it already. */
  expect(key: string, version: number | 'gone'): void {
    this.#expectations.add(key, version);
    this.#settle();
  }

  /** The number of rows that the tab must show and does not show yet. */
  get expected(): number {
    return this.#expectations.size;
  }

  /** @throws SoakFault if an acknowledged write has not been shown for longer than `boundMs` */
  checkWaiting(boundMs: number): void {
    if (!this.isReading) return;
    try {
      this.#expectations.check(boundMs, (key) => this.shown(key));
    } catch (error) {
      throw error instanceof SoakFault ? this.#fault(error.message, error.details) : error;
    }
  }

  #isPastWindow(key: string): boolean {
    if (!key.startsWith('message:')) return false;
    const rows = this.#subscriptions.get('feed')?.view.rows ?? [];
    const oldest = rows.at(-1);
    return rows.length === FEED_LIMIT && oldest !== undefined && sentOf(key) < Number(oldest.sent);
  }

  #receive(text: string): void {
    const given = JSON.parse(text) as ServerFrame;
    const frame = this.#options.interfere === undefined ? given : this.#options.interfere(given, this.name);
    this.#recent.push(text.slice(0, FRAME_TEXT_MAX));
    if (this.#recent.length > RECENT) this.#recent.shift();
    this.#counts.frames += 1;
    try {
      if (frame !== undefined) this.#take(frame);
    } catch (error) {
      this.#options.onFault(error instanceof SoakFault ? error : this.#fault(String(error)));
    }
    this.#onChange();
  }

  #take(frame: ServerFrame): void {
    switch (frame.type) {
      case 'hello':
        if (frame.user.$r[1] !== this.user) throw this.#fault('the session belongs to somebody else');
        for (const subscription of this.#subscriptions.values()) this.#sendSubscribe(subscription);
        return;
      case 'begin':
        if (this.#isInRound) throw this.#fault('a round began within a round');
        if (frame.round < this.#round) throw this.#fault(`round ${frame.round} after ${this.#round}`);
        if (frame.position < this.#position) throw this.#fault(`position ${frame.position} after ${this.#position}`);
        this.#isInRound = true;
        return;
      case 'commit':
        this.#isInRound = false;
        this.#round = frame.round;
        this.#position = frame.position;
        this.#counts.commits += 1;
        this.#commit();
        return;
      case 'subscribed': {
        const subscription = [...this.#subscriptions.values()].find(({ id }) => id === frame.id);
        // The plan is no longer watched if the answer crossed its end.
        if (subscription !== undefined) this.#byView.set(frame.view, subscription);
        return;
      }
      case 'snapshot':
      case 'delta':
      case 'same':
        this.#change(frame);
        return;
      case 'written':
      case 'refused':
        this.#answer(frame);
        return;
      case 'failed':
        this.#fail(frame);
        return;
      case 'rejected':
        throw this.#fault(`a query was refused: ${frame.error.message}`);
      default:
    }
  }

  #change(frame: Extract<ServerFrame, { type: 'snapshot' | 'delta' | 'same' }>): void {
    if (!this.#isInRound) throw this.#fault(`${frame.type} outside a round`);
    const subscription = this.#byView.get(frame.view);
    if (subscription === undefined) throw this.#fault(`a frame of view ${frame.view}, which this tab does not know`);
    const { plan, view } = subscription;
    const fault = (text: string): void => {
      throw this.#fault(`${plan.name}: ${text}`);
    };
    if (frame.type === 'same') {
      if (!view.isFilled) fault('is said to be the same, but was never shown');
      this.#counts.same += 1;
    } else {
      for (const [index, key, , row] of frame.rows) this.#checkRow(view, index, key, row);
      if (frame.type === 'delta' && !subscription.isAnswered) fault('a delta came before the first answer');
      if (frame.type === 'delta') view.apply(frame, fault);
      else {
        if (subscription.isAnswered) this.#counts.caughtUp += 1;
        view.replace(frame, fault);
      }
      if (plan.isExact) for (const [, key] of frame.rows) this.#changedInRound.add(key);
    }
    subscription.isAnswered = true;
  }

  /** A busy database may be too slow for a query. The gateway says so, and reads it again until it succeeds. */
  #fail({ view: number, error }: Extract<ServerFrame, { type: 'failed' }>): void {
    const subscription = this.#byView.get(number);
    if (subscription === undefined || error.code !== 'SPOOKY_GATEWAY_DATABASE') {
      throw this.#fault(`${subscription?.plan.name} failed: ${error.message}`);
    }
    this.#counts.failed += 1;
    subscription.isAnswered = false;
    subscription.view.isFilled = false;
  }

  #checkRow(view: WatchedView, index: number, key: string, row: WireRow): void {
    this.#counts.rows += 1;
    const problem = checkRow(view.nodes[index]?.plan.table ?? '', key, row, this.user);
    if (problem !== undefined) throw this.#fault(problem);
  }

  #commit(): void {
    const filled = [...this.#subscriptions.values()].filter(({ isAnswered }) => isAnswered);
    const exact = filled.filter(({ plan }) => plan.isExact);
    for (const key of this.#changedInRound) {
      const versions = new Set(exact.flatMap(({ view }) => view.versionOf(key) ?? []));
      if (versions.size > 1) throw this.#fault(`${key} has the versions ${[...versions].join(' and ')} at one commit`);
    }
    this.#changedInRound.clear();
    const problem = checkTab(new Map(filled.map(({ plan, view }) => [plan.name, view])), this.user);
    if (problem !== undefined) throw this.#fault(problem);
    const due = this.#ownWrites.filter(({ round }) => round <= this.#round);
    this.#ownWrites = this.#ownWrites.filter(({ round }) => round > this.#round);
    for (const { key, version, round } of due) {
      // Another tab of the user may have deleted it in the meantime, or the view that shows it may have failed.
      if (!this.isAnswered || isMet(version, this.shown(key)) || this.#options.isGone(key)) continue;
      throw this.#fault(`${key} in version ${version} was promised for round ${round}, but is not shown`);
    }
    this.#settle();
  }

  #settle(): void {
    if (this.#expectations.size > 0) this.#options.onShown(this.#expectations.settle((key) => this.shown(key)));
  }

  #answer(frame: Answer): void {
    const pending = this.#writes.get(frame.id);
    if (pending === undefined) throw this.#fault(`an answer to write ${frame.id}, which is not under way`);
    this.#writes.delete(frame.id);
    // Before the next frame is read, which may be the promised round.
    if (frame.type === 'written') this.#ownWrites.push({ round: frame.visibleIn, ...pending.row });
    pending.resolve(frame);
  }

  #closed(socket: WebSocket, code: number, reason: string): void {
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    for (const { resolve } of this.#writes.values()) resolve(undefined);
    this.#writes.clear();
    if (code !== CLOSE_REASONS.signedOut) {
      this.#options.onFault(this.#fault(`the gateway closed the socket with ${code} ${reason}`));
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

  #fault(message: string, details: Readonly<Record<string, unknown>> = {}): SoakFault {
    return new SoakFault(`${this.name}: ${message}`, {
      ...details,
      round: this.#round,
      position: this.#position,
      recentFrames: [...this.#recent],
    });
  }
}

function subscriptionOf(plan: WatchedPlan): Subscription {
  return { plan, view: new WatchedView(plan.wire), id: 0, isAnswered: false };
}

/** The key of a message contains its place in the order. */
function sentOf(key: string): number {
  return Number(/_(\d+)/.exec(key)?.[1] ?? Number.NaN);
}
