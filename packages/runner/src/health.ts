/** How a runner is, as it says itself. */
export interface RunnerHealth {
  readonly state: RunnerState;
  /** To the database. */
  readonly connected: boolean;
  /** Woken by the write signal of the database; if not, by polls alone. */
  readonly signalled: boolean;
  /** How many partitions of all its tables it owns. */
  readonly partitions: number;
  /** Calls under way. */
  readonly inFlight: number;
  readonly backends: Readonly<Record<string, { readonly inFlight: number }>>;
}

/** See runner.ts, which draws the way from one to the next. */
export type RunnerState = 'idle' | 'starting' | 'running' | 'stopping' | 'stopped';
