import { choose, draws } from './random.ts';

/** What is killed; `pause` stops a runner for longer than it can be silent without being declared dead. */
export type Target = 'runner' | 'backend' | 'database' | 'pause';

/** One `kill -9` or one pause: its target and its moment. */
export interface PlannedKill {
  readonly target: Target;
  /** Chooses among the targets that are up, as a fraction of their number, in [0, 1). */
  readonly which: number;
  /** How many calls must have begun since the last kill … */
  readonly afterCalls: number;
  /** … or how long, in milliseconds, everything must have been up, with at least one call. */
  readonly orAfterMs: number;
  /** A further delay, so that a kill does not always hit the beginning of a call. */
  readonly delayMs: number;
}

const WEIGHTS: Readonly<Record<Exclude<Target, 'pause'>, number>> = { runner: 60, backend: 20, database: 20 };
const MAX_DELAY_MS = 150;
const PATIENCE_MS = 1_500;

export interface Plan {
  readonly jobs: number;
  readonly kills: number;
  /** How many of the kills are pauses, evenly spread. Default: none. */
  readonly pauses?: number;
}

/** The kills of a run: the same seed gives the same ones. */
export function scheduleOf(seed: number, { jobs, kills, pauses = 0 }: Plan): PlannedKill[] {
  const draw = draws(seed, 'kills');
  const isPause = (index: number): boolean =>
    Math.floor(((index + 1) * pauses) / kills) > Math.floor((index * pauses) / kills);
  const callsBetween = jobs / Math.max(1, kills);
  return Array.from({ length: kills }, (_, index) => ({
    target: ((chosen: Target) => (isPause(index) ? 'pause' : chosen))(choose(draw, WEIGHTS)),
    which: draw(),
    afterCalls: Math.max(1, Math.round(draw() * callsBetween)),
    orAfterMs: Math.round((0.5 + draw() / 2) * PATIENCE_MS),
    delayMs: Math.round(draw() * MAX_DELAY_MS),
  }));
}
