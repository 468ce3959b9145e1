/** The state of a runner, as it reports it itself. */
export interface RunnerHealth {
  /** Where the runner is between `start` and `stop`. */
  readonly state: RunnerState;
  /** Whether the database is connected. */
  readonly connected: boolean;
  /** Whether the database's write signal wakes the runner. If false, it finds jobs by polling only. */
  readonly signalled: boolean;
  /** How many partitions it owns, of all its tables. */
  readonly partitions: number;
  /** Calls in flight, over all backends. */
  readonly inFlight: number;
  /** Calls in flight for each backend, by its name. */
  readonly backends: Readonly<Record<string, { readonly inFlight: number }>>;
}

/** The state of a runner; runner.ts draws the transitions. */
export type RunnerState = 'idle' | 'starting' | 'running' | 'stopping' | 'stopped';
