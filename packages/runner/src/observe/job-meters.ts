/*
 * The counts of one backend's jobs, by route.
 *
 * Thousands of jobs pass in a second, so a count is a field of an object that exists before the first job does: no
 * label is built per job. The routes are those of the spec. Any other path counts as `other`, so that no row can create
 * a new time series.
 */
import { createHistogram, type Histogram } from '@spookify/surreal-link/status';
import type { Outcome } from '../delivery/outcome.ts';

/** The counts of one route, since the runner was created. */
export interface RouteMeter {
  /** Jobs that this runner read into its queues. */
  fetched: number;
  /** Outcomes that are written to their rows. */
  readonly outcomes: Record<WrittenKind, number>;
  /** Jobs of lost runners that this one made due again or failed. */
  recovered: number;
  /** Attempts in flight. */
  inFlight: number;
  /** From when a job was due to its fetch. */
  readonly waited: Histogram;
  /** From its fetch to the start of its attempt. */
  readonly startDelay: Histogram;
  /** From the start of an attempt to its end. */
  readonly attempt: Histogram;
}

type WrittenKind = Exclude<Outcome['kind'], 'lost'>;

/** The counts of one backend, by route. */
export interface JobMeters {
  of(path: string): RouteMeter;
  readonly routes: ReadonlyMap<string, RouteMeter>;
}

/** From a fetch right after the insert to a backlog of hours. */
const WAITED_SECONDS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200,
];
/** From a free slot to a backlog that waits in this runner. */
const START_DELAY_SECONDS = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60,
];
/** From a call on the same machine to nearly the longest timeout. */
const ATTEMPT_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900];

/** The label of every path that is not a route. Routes begin with a slash, so no route has this name. */
export const OTHER_ROUTE = 'other';

export function createJobMeters(paths: readonly string[]): JobMeters {
  const other = createRouteMeter();
  const routes = new Map(paths.map((path) => [path, createRouteMeter()]));
  routes.set(OTHER_ROUTE, other);
  return { of: (path) => routes.get(path) ?? other, routes };
}

function createRouteMeter(): RouteMeter {
  return {
    fetched: 0,
    outcomes: { success: 0, retry: 0, failed: 0, released: 0 },
    recovered: 0,
    inFlight: 0,
    waited: createHistogram(WAITED_SECONDS),
    startDelay: createHistogram(START_DELAY_SECONDS),
    attempt: createHistogram(ATTEMPT_SECONDS),
  };
}
