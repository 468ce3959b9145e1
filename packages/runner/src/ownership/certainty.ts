/*
 * How sure a runner can be that no other runner has declared it dead.
 *
 *   sure ──no beat confirmed for stopStartingMs──▶ doubtful ──abortMs──▶ unsure
 *     ▲                                               │                    │
 *     └──────────────── a beat is confirmed ──────────┴────────────────────┘
 *
 * The time counts from before the confirmed beat was sent, so it ends earlier than that of any other runner that saw
 * the beat.
 */
import type { Clock } from './clock.ts';

/** The machine above, for one runner. */
export interface Certainty {
  /** Whether a call may start now. */
  readonly isSure: boolean;
  /** A beat that was sent at this time was confirmed. */
  confirm(sentAt: number): void;
  /** The runner is dead or has left: it is unsure until the next confirmation, and nothing is reported. */
  end(): void;
}

export interface CertaintyOptions {
  readonly stopStartingMs: number;
  readonly abortMs: number;
  onUnsure(): void;
  /** A beat was confirmed after a time of doubt. Not called for the first one. */
  onSure(): void;
}

export function createCertainty(
  clock: Clock,
  { stopStartingMs, abortMs, onUnsure, onSure }: CertaintyOptions,
): Certainty {
  let confirmedAt: number | undefined;
  let cancel = (): void => {};
  let isReported = false;

  function report(): void {
    if (isReported) return;
    isReported = true;
    onUnsure();
  }

  const isSure = (): boolean => confirmedAt !== undefined && clock.now() - confirmedAt < stopStartingMs;

  return {
    get isSure() {
      return isSure();
    },
    confirm(sentAt) {
      const wasDoubtful = confirmedAt !== undefined && !isSure();
      // A process that was paused may see this answer before its timer fires.
      if (confirmedAt !== undefined && clock.now() - confirmedAt >= abortMs) report();
      confirmedAt = sentAt;
      cancel();
      cancel = clock.after(sentAt + abortMs - clock.now(), report);
      isReported &&= !isSure();
      if (wasDoubtful && isSure()) onSure();
    },
    end() {
      confirmedAt = undefined;
      isReported = false;
      cancel();
    },
  };
}
