/*
 * What is counted about the jobs of one backend, by route.
 *
 * Thousands of jobs pass in a second, so a count is a field of an object that exists before the first job does: no label
 * is put together on the way. The routes are those of the spec; whatever else a row asks for counts as `other`, so that
 * no row can make a new time series.
 */
import type { Outcome } from '../outcome.ts';
import { createHistogram, type Histogram } from './histogram.ts';

/** The counts of one route, since the runner was made. */
export interface RouteMeter {
  /** Jobs that claims brought: one that was given back unstarted, and claimed again, counts twice. */
  claimed: number;
  /** Outcomes that stand on their rows. */
  readonly outcomes: Record<WrittenKind, number>;
  /** Claims that were lost to the clock or to another runner. */
  leasesLost: number;
  /** Lapsed leases of anyone that this runner found. */
  rescued: number;
  /** Attempts under way. */
  inFlight: number;
  /** From when a job was due to its claim. */
  readonly waited: Histogram;
  /** From when the claim brought it to the start of its attempt. */
  readonly startDelay: Histogram;
  /** From the start of an attempt to its end. */
  readonly attempt: Histogram;
}

type WrittenKind = Exclude<Outcome['kind'], 'lost'>;

export interface JobMeters {
  of(path: string): RouteMeter;
  readonly routes: ReadonlyMap<string, RouteMeter>;
}

/** From a claim that follows the insert at once to a backlog of hours. */
const WAITED_SECONDS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200,
];
/** From a free slot to the longest that a job waits here before it is given back. */
const START_DELAY_SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
/** From a call to a neighbour to the longest timeout but one. */
const ATTEMPT_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900];

/** The label of every path that is no route. Routes begin with a slash, so none is called so. */
export const OTHER_ROUTE = 'other';

export function createJobMeters(paths: readonly string[]): JobMeters {
  const other = createRouteMeter();
  const routes = new Map(paths.map((path) => [path, createRouteMeter()]));
  routes.set(OTHER_ROUTE, other);
  return { of: (path) => routes.get(path) ?? other, routes };
}

function createRouteMeter(): RouteMeter {
  return {
    claimed: 0,
    outcomes: { success: 0, retry: 0, failed: 0, released: 0, deferred: 0 },
    leasesLost: 0,
    rescued: 0,
    inFlight: 0,
    waited: createHistogram(WAITED_SECONDS),
    startDelay: createHistogram(START_DELAY_SECONDS),
    attempt: createHistogram(ATTEMPT_SECONDS),
  };
}
