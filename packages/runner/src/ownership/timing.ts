/** In milliseconds. `beatMs` < `stopStartingMs` < `abortMs` < `deadAfterMs`. */
export interface OwnershipTiming {
  /** How often a runner shows that it is alive; 2,000 by default. */
  readonly beatMs: number;
  /** How long others see no beat until they declare it dead; 10,000 by default. The same for all runners of a database. */
  readonly deadAfterMs: number;
  /** How long after its last confirmed beat it starts calls; 8,000 by default. */
  readonly stopStartingMs: number;
  /** How long after its last confirmed beat its calls end; 9,000 by default. */
  readonly abortMs: number;
  /** How long the row of a dead runner stays at least; 60,000 by default. */
  readonly forgetAfterMs: number;
}

export const DEFAULT_TIMING: OwnershipTiming = {
  beatMs: 2_000,
  deadAfterMs: 10_000,
  stopStartingMs: 8_000,
  abortMs: 9_000,
  forgetAfterMs: 60_000,
};
