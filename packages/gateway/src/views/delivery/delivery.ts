/*
 * Sends the results of rounds. Everything that a socket is sent of one round is between one `begin` and its `commit`.
 *
 *   current ──more unsent than allowed──▶ behind ──has read──▶ one snapshot of all its views ──▶ current
 *      │                                   ▲ └──behindMaxMs──▶ closed
 *      └──a view is deferred──▶ buffering ──┤ too much is buffered
 *                                       └───┴─all its views are read──▶ the buffered frames, in one round ──▶ current
 *
 * A buffering socket is sent nothing, because its views would show different moments.
 */
import { CLOSE_REASONS, type WireErrorBody } from '../../wire/errors.ts';
import { isReadInRounds } from '../affected/affected-views.ts';
import { chargedReaders } from '../reader-bytes.ts';
import type { DeferredViews } from '../reading/deferred-views.ts';
import type { Registry } from '../registry.ts';
import {
  answerOf,
  applyOutcome,
  bytesOf,
  type Outcome,
  type Socket,
  snapshotOf,
  type View,
  type ViewSubscription,
} from '../view.ts';
import { textOf } from './diff.ts';

/** A socket that was behind becomes current again when its unsent bytes fall below this share of the limit. */
const DRAINED_SHARE = 1 / 8;

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 60_000;

export interface DeliveryLimits {
  readonly unsentMaxBytes: number;
  readonly behindMaxMs: number;
  readonly maxBytes: number;
  readonly maxBytesPerReader: number;
}

/** Frames that wait until all views of their socket show the same moment. */
interface BufferedFrames {
  readonly texts: string[];
  /** The number of characters in `texts`. */
  length: number;
  readonly since: number;
}

/** Removes views without subscriptions: those that this reader used last, or all of them. */
export type MakeRoom = (reader?: string) => void;

export class Delivery {
  readonly #registry: Registry;
  readonly #deferred: Pick<DeferredViews, 'isDeferred'>;
  readonly #limits: DeliveryLimits;
  readonly #now: () => number;
  readonly #makeRoom: MakeRoom;
  readonly #behind = new Set<Socket>();
  readonly #waitingForRound = new Set<Socket>();
  readonly #buffered = new Map<Socket, BufferedFrames>();
  #round = 0;
  #position = 0;

  constructor(
    registry: Registry,
    deferred: Pick<DeferredViews, 'isDeferred'>,
    limits: DeliveryLimits,
    now: () => number,
    makeRoom: MakeRoom,
  ) {
    this.#registry = registry;
    this.#deferred = deferred;
    this.#limits = limits;
    this.#now = now;
    this.#makeRoom = makeRoom;
  }

  /**
   * Applies the results of a round to the views and sends the differences.
   *
   * @returns the subscriptions that received their first answer
   */
  publish(round: number, position: number, outcomes: ReadonlyMap<View, Outcome>): ViewSubscription[] {
    this.#round = round;
    this.#position = position;
    const frames = new Map<Socket, string[]>();
    for (const [view, outcome] of outcomes) {
      if (!this.#registry.has(view)) continue;
      const text = this.#advance(view, outcome);
      if (text === undefined) continue;
      for (const { socket, waitingFor } of view.subscriptions)
        if (waitingFor === undefined) this.#add(frames, socket, text);
    }
    const answered = this.#answerWaiting(round, frames);
    for (const socket of this.#waitingForRound) {
      if (this.#isRoundDue(socket)) this.#add(frames, socket);
    }
    for (const socket of this.#buffered.keys()) this.#add(frames, socket);
    for (const [socket, texts] of frames) this.#sendOrBuffer(socket, texts);
    return answered;
  }

  /**
   * Sends the socket the end of this round, or of a later one, as soon as its views show that round, even if nothing
   * changes for the socket.
   */
  expectRound(socket: Socket, round: number): void {
    // Rounds only count up. Every round is kept: a write may come while one round is being read and show in the next
    // one.
    if (socket.expectedRounds.at(-1) !== round) socket.expectedRounds.push(round);
    this.#waitingForRound.add(socket);
  }

  /** The number of sockets that are sent nothing until they have read. */
  get behind(): number {
    return this.#behind.size;
  }

  /** Whether a socket waits for a round that has passed, because the view it was waiting for is gone. */
  get hasOverdueRound(): boolean {
    for (const socket of this.#waitingForRound)
      if (socket.behindSince === undefined && this.#isRoundDue(socket)) return true;
    for (const socket of this.#buffered.keys()) if (!this.#deferred.isDeferred(socket)) return true;
    return false;
  }

  forget(socket: Socket): void {
    this.#behind.delete(socket);
    this.#waitingForRound.delete(socket);
    this.#buffered.delete(socket);
  }

  /**
   * The socket has left a view. Frames that were buffered for it must not be sent after a new subscription to
   * that view.
   */
  detached(socket: Socket): void {
    if (this.#buffered.has(socket)) this.#fallBehind(socket);
  }

  /** Checks sockets that are behind or buffering. Call it regularly. */
  sweep(): void {
    for (const socket of [...this.#behind]) {
      const { subscriber, behindSince = 0 } = socket;
      const isDrained = subscriber.unsentBytes <= this.#limits.unsentMaxBytes * DRAINED_SHARE;
      if (isDrained && !this.#deferred.isDeferred(socket)) this.#catchUp(socket);
      else if (this.#now() - behindSince > this.#limits.behindMaxMs) {
        const reason = isDrained ? 'its queries take too long to read' : 'this client reads too slowly';
        this.#close(socket, `${reason}; connect again`);
      }
    }
    for (const [socket, { since }] of this.#buffered) {
      const isTooLong = this.#now() - since > this.#limits.behindMaxMs;
      if (isTooLong) this.#close(socket, 'its queries take too long to read; connect again');
    }
  }

  /**
   * Applies an outcome to its view. Fails the view instead if it would exceed the limit of all views, or of its
   * readers.
   */
  #advance(view: View, outcome: Outcome): string | undefined {
    const before = bytesOf(view);
    const grownBy = bytesAfter(outcome) - before;
    const error = grownBy > 0 ? this.#memoryError(view, grownBy) : undefined;
    if (!this.#registry.has(view)) return undefined;
    const text = applyOutcome(view, error === undefined ? outcome : { kind: 'failed', error });
    this.#registry.changeBytes(view, bytesOf(view) - before);
    const isSame = outcome.kind === 'patched' && error === undefined && !outcome.patch.isOtherRows;
    if (!isSame) this.#registry.reindex(view);
    this.#scheduleRetry(view);
    return text;
  }

  /**
   * The error if a view may not grow by this much. A view with several readers may grow as long as one of them has
   * room.
   */
  #memoryError(view: View, by: number): WireErrorBody | undefined {
    const { maxBytes, maxBytesPerReader } = this.#limits;
    const isFull = (): boolean => this.#registry.bytes + by > maxBytes;
    if (isFull()) this.#makeRoom();
    if (isFull()) return FULL;
    const readers = [...chargedReaders(view)];
    const hasRoom = (reader: string): boolean => this.#registry.bytesOf(reader) + by <= maxBytesPerReader;
    if (readers.length === 0 || readers.some(hasRoom)) return undefined;
    for (const reader of readers) this.#makeRoom(reader);
    return readers.some(hasRoom) ? undefined : tooMuchOfReader(maxBytesPerReader);
  }

  #scheduleRetry(view: View): void {
    if (view.status.kind !== 'failed' || !isReadInRounds(view)) {
      view.failures = 0;
      view.retryAt = undefined;
      this.#registry.failing.delete(view);
      return;
    }
    view.failures += 1;
    view.retryAt = this.#now() + Math.min(FIRST_RETRY_MS * 2 ** (view.failures - 1), LAST_RETRY_MS);
    this.#registry.failing.add(view);
  }

  #answerWaiting(round: number, frames: Map<Socket, string[]>): ViewSubscription[] {
    const answered: ViewSubscription[] = [];
    for (const subscription of this.#registry.waiting) {
      const { socket, view, waitingFor = 0, digest } = subscription;
      if (waitingFor > round || view.status.kind === 'new' || view.isDeferred) continue;
      const text = answerOf(view, digest);
      this.#registry.answered(subscription);
      answered.push(subscription);
      if (text !== undefined) this.#add(frames, socket, text);
    }
    return answered;
  }

  #add(frames: Map<Socket, string[]>, socket: Socket, text?: string): void {
    if (this.#isBehind(socket)) return;
    const texts = frames.get(socket) ?? [];
    if (text !== undefined) texts.push(text);
    frames.set(socket, texts);
  }

  #isRoundDue(socket: Socket): boolean {
    const [first = Number.POSITIVE_INFINITY] = socket.expectedRounds;
    return first <= this.#round && !this.#deferred.isDeferred(socket);
  }

  #isBehind(socket: Socket): boolean {
    if (socket.behindSince !== undefined) return true;
    if (socket.subscriber.unsentBytes <= this.#limits.unsentMaxBytes) return false;
    this.#fallBehind(socket);
    return true;
  }

  #fallBehind(socket: Socket): void {
    socket.behindSince = this.#buffered.get(socket)?.since ?? this.#now();
    this.#buffered.delete(socket);
    this.#behind.add(socket);
  }

  #close(socket: Socket, reason: string): void {
    this.forget(socket);
    socket.subscriber.close(CLOSE_REASONS.tooSlow, reason);
  }

  #sendOrBuffer(socket: Socket, texts: readonly string[]): void {
    const buffered = this.#buffered.get(socket) ?? { texts: [], length: 0, since: this.#now() };
    buffered.texts.push(...texts);
    for (const { length } of texts) buffered.length += length;
    if (!this.#deferred.isDeferred(socket)) {
      this.#buffered.delete(socket);
      this.#send(socket, buffered.texts);
    } else if (buffered.length > this.#limits.unsentMaxBytes) this.#fallBehind(socket);
    else if (buffered.texts.length > 0) this.#buffered.set(socket, buffered);
  }

  /** Sends all its views as of the last round, which is their current state. */
  #catchUp(socket: Socket): void {
    socket.behindSince = undefined;
    this.#behind.delete(socket);
    const texts: string[] = [];
    for (const { view, waitingFor } of socket.byView.values()) {
      const text = waitingFor === undefined ? snapshotOf(view) : undefined;
      if (text !== undefined) texts.push(text);
    }
    this.#send(socket, texts);
  }

  #send(socket: Socket, texts: readonly string[]): void {
    const round = this.#round;
    const position = this.#position;
    const { subscriber } = socket;
    subscriber.send(textOf({ type: 'begin', round, position }));
    for (const text of texts) subscriber.send(text);
    subscriber.send(textOf({ type: 'commit', round, position }));
    socket.expectedRounds = socket.expectedRounds.filter((expected) => expected > round);
    if (socket.expectedRounds.length === 0) this.#waitingForRound.delete(socket);
  }
}

function bytesAfter(outcome: Outcome): number {
  if (outcome.kind === 'failed') return 0;
  return outcome.kind === 'read' ? outcome.state.bytes : outcome.patch.bytes;
}

const FULL = {
  code: 'SPOOKY_GATEWAY_LIMIT',
  message: 'This gateway has reached its limit of rows. Show fewer at a time, or add a gateway.',
} as const;

export function tooMuchOfReader(max: number): WireErrorBody {
  return {
    code: 'SPOOKY_GATEWAY_LIMIT',
    message: `Your queries together have more than ${max} bytes of rows, in all tabs. Show fewer rows at a time, or close other queries.`,
  };
}
