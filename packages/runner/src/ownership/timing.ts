/** In milliseconds. `beatMs` < `stopStartingMs` < `abortMs` < `deadAfterMs`. */
export interface OwnershipTiming {
  /** How often a runner beats. Default: 2,000. */
  readonly beatMs: number;
  /**
   * After how long without a new beat other runners declare this one dead. Default: 10,000. Must be the same for all
   * runners of a database.
   */
  readonly deadAfterMs: number;
  /** For how long after its last confirmed beat the runner starts calls. Default: 8,000. */
  readonly stopStartingMs: number;
  /** How long after its last confirmed beat the runner aborts its calls. Default: 9,000. */
  readonly abortMs: number;
  /** How long the row of a dead runner stays at least. Default: 60,000. */
  readonly forgetAfterMs: number;
}

export const DEFAULT_TIMING: OwnershipTiming = {
  beatMs: 2_000,
  deadAfterMs: 10_000,
  stopStartingMs: 8_000,
  abortMs: 9_000,
  forgetAfterMs: 60_000,
};
