import type { MaintenanceLimit } from '../views/maintain/must-rerun.ts';

/** Why a view that was already shown was read again as a whole. */
export type RerunReason =
  | MaintenanceLimit
  /** Anything may have changed. */
  | 'reset'
  /** Only the engine can evaluate its permissions, and something changed. */
  | 'engine'
  /** Too many rows changed at once, or one that cannot be read. */
  | 'unread'
  /** The record of its reader changed. */
  | 'reader'
  /** An earlier round had no time for it. */
  | 'deferred'
  /** It had failed. */
  | 'failed';

/** How a round ended: with a commit, without one because there was nothing to write, or with an error. */
export type RoundEnd = 'committed' | 'cancelled' | 'failed';

/** Receives what happens in rounds and to views. It only counts: no method waits or throws. */
export interface ViewMeters {
  /**
   * A round has ended; attempts that lost a conflict are part of it.
   * @param ms from its beginning until its frames were handed to the sockets, or until it failed
   * @param engineMs the engine time of its statements
   */
  round(end: RoundEnd, ms: number, engineMs: number): void;
  /** A round lost a conflict against another gateway and runs again. */
  conflict(): void;
  /** A round reads every view again. */
  reset(): void;
  /** A round has read the whole inbox. */
  fullScan(): void;
  /**
   * A round has handed its frames to the sockets. Not counted if it sent no delta.
   * @param ms since the oldest change that it shows was written
   */
  delivered(ms: number): void;
  /** A view was read for the first time. */
  firstRead(): void;
  /** A view that was already shown was read again. */
  rerun(reason: RerunReason): void;
  /** A view was brought up to date without being read. */
  patched(): void;
  /** A round affected a view but did not read it; the view waits for a later round. */
  deferred(): void;
}
