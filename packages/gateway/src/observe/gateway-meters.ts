/*
 * The counts of one gateway. It only observes: nothing depends on it.
 *
 * A frame is sent to thousands of sockets, so counting one allocates nothing and costs about 0.1 µs, most of it for the
 * length in bytes. All labels are from fixed sets: no user, table or text of a browser can create a time series.
 */
import { createHistogram, type Histogram, observe } from '@spookify/surreal-link/status';
import type { WireErrorCode } from '../wire/errors.ts';
import type { CloseReason } from './close-reason.ts';
import type { RerunReason, RoundEnd, ViewMeters } from './view-meters.ts';

/** `ok`, or the error code of the answer. */
export type Result = 'ok' | WireErrorCode;

type FrameKind = 'delta' | 'snapshot' | 'other';

/** The counts, since the gateway was created. */
export interface GatewayCounts {
  readonly rounds: Map<RoundEnd, number>;
  /** From the beginning of a round until its frames were handed to the sockets. */
  readonly roundSeconds: Histogram;
  engineMs: number;
  conflicts: number;
  resets: number;
  fullScans: number;
  /** From a write until the frames that show it were handed to the sockets. */
  readonly deliverySeconds: Histogram;
  readonly viewReads: Map<'first' | RerunReason, number>;
  patches: number;
  deferrals: number;
  readonly frames: Record<FrameKind, number>;
  sentBytes: number;
  socketsOpened: number;
  readonly socketsClosed: Map<CloseReason, number>;
  readonly socketsRefused: Map<CloseReason, number>;
  readonly writes: Map<Result, number>;
  receiptsDeleted: number;
  readonly signIns: Map<Result, number>;
  readonly signUps: Map<Result, number>;
}

/** Receives what happens in a gateway. */
export interface GatewayMeters extends ViewMeters {
  readonly counts: Readonly<GatewayCounts>;
  /** When the last round ended, on the clock of `performance.now`; undefined before the first one. */
  readonly roundEndedAt: number | undefined;
  /** A frame was handed to a socket. */
  sent(text: string): void;
  /** A socket is served. */
  socketOpened(): void;
  /** A socket that was served has closed. */
  socketClosed(reason: CloseReason): void;
  /** A socket was refused at its upgrade. */
  socketRefused(reason: CloseReason): void;
  /** A write was answered. */
  wrote(result: Result): void;
  /** Old receipts of writes were deleted. */
  receiptsDeleted(count: number): void;
  /** A sign-in or sign-up was answered. */
  signedIn(kind: 'sign-in' | 'sign-up', result: Result): void;
}

/** From a round without changes on a fast machine to the longest that a round may take. */
const ROUND_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** From a change that a round finds at once to one of a transaction that was open for long. */
const DELIVERY_SECONDS = [0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export function createGatewayMeters(): GatewayMeters {
  const counts = emptyCounts();
  let roundEndedAt: number | undefined;
  /** The number of deltas when `delivered` was last called. */
  let deltasBefore = 0;

  return {
    counts,
    get roundEndedAt() {
      return roundEndedAt;
    },
    round(end, ms, engineMs) {
      add(counts.rounds, end);
      counts.engineMs += engineMs;
      if (end === 'failed') return;
      roundEndedAt = performance.now();
      observe(counts.roundSeconds, ms / 1_000);
    },
    conflict() {
      counts.conflicts += 1;
    },
    reset() {
      counts.resets += 1;
    },
    fullScan() {
      counts.fullScans += 1;
    },
    delivered(ms) {
      // Only rounds send deltas. If there are more than after the round before, this one sent some.
      const { delta: deltas } = counts.frames;
      if (deltas > deltasBefore) observe(counts.deliverySeconds, ms / 1_000);
      deltasBefore = deltas;
    },
    firstRead: () => add(counts.viewReads, 'first'),
    rerun: (reason) => add(counts.viewReads, reason),
    patched() {
      counts.patches += 1;
    },
    deferred() {
      counts.deferrals += 1;
    },
    sent(text) {
      counts.frames[frameKindOf(text)] += 1;
      counts.sentBytes += Buffer.byteLength(text);
    },
    socketOpened() {
      counts.socketsOpened += 1;
    },
    socketClosed: (reason) => add(counts.socketsClosed, reason),
    socketRefused: (reason) => add(counts.socketsRefused, reason),
    wrote: (result) => add(counts.writes, result),
    receiptsDeleted(count) {
      counts.receiptsDeleted += count;
    },
    signedIn: (kind, result) => add(kind === 'sign-in' ? counts.signIns : counts.signUps, result),
  };
}

/** Every frame begins with its type; see wire/frames.ts. */
function frameKindOf(text: string): FrameKind {
  if (text.startsWith('delta"', TYPE_AT)) return 'delta';
  return text.startsWith('snapshot"', TYPE_AT) ? 'snapshot' : 'other';
}

const TYPE_AT = '{"type":"'.length;

function add<Label>(counts: Map<Label, number>, label: Label): void {
  counts.set(label, (counts.get(label) ?? 0) + 1);
}

/** A count of 0 for each label, so that rates are right from the first event on. */
function zeros<Label>(...labels: Label[]): Map<Label, number> {
  return new Map(labels.map((label) => [label, 0]));
}

function emptyCounts(): GatewayCounts {
  return {
    rounds: zeros<RoundEnd>('committed', 'cancelled', 'failed'),
    roundSeconds: createHistogram(ROUND_SECONDS),
    engineMs: 0,
    conflicts: 0,
    resets: 0,
    fullScans: 0,
    deliverySeconds: createHistogram(DELIVERY_SECONDS),
    viewReads: zeros<'first' | RerunReason>(
      ...(['first', 'reset', 'engine', 'unread', 'reader', 'deferred', 'failed'] as const),
      ...(['offset', 'order', 'window', 'permission', 'moved', 'questions', 'fault'] as const),
    ),
    patches: 0,
    deferrals: 0,
    frames: { delta: 0, snapshot: 0, other: 0 },
    sentBytes: 0,
    socketsOpened: 0,
    socketsClosed: zeros<CloseReason>(
      'client',
      'lost',
      'signed_out',
      'too_slow',
      'too_many',
      'too_large',
      'bad_frame',
      'stopping',
      'internal',
    ),
    socketsRefused: zeros<CloseReason>(
      'signed_out',
      'foreign_origin',
      'wrong_protocol',
      'too_many',
      'stopping',
      'bad_frame',
    ),
    writes: zeros<Result>(
      'ok',
      'SPOOKY_GATEWAY_REFUSED',
      'SPOOKY_GATEWAY_BUSY',
      'SPOOKY_GATEWAY_DATABASE_AWAY',
      'SPOOKY_GATEWAY_OUTCOME_UNKNOWN',
      'SPOOKY_GATEWAY_INTERNAL',
    ),
    receiptsDeleted: 0,
    signIns: zeros<Result>(
      'ok',
      'SPOOKY_GATEWAY_INVALID_CREDENTIALS',
      'SPOOKY_GATEWAY_BUSY',
      'SPOOKY_GATEWAY_DATABASE_AWAY',
      'SPOOKY_GATEWAY_INTERNAL',
    ),
    signUps: zeros<Result>(
      'ok',
      'SPOOKY_GATEWAY_SIGN_UP_REFUSED',
      'SPOOKY_GATEWAY_BUSY',
      'SPOOKY_GATEWAY_DATABASE_AWAY',
      'SPOOKY_GATEWAY_INTERNAL',
    ),
  };
}
