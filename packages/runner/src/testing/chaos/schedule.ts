import { choose, draws } from './random.ts';

export type Target = 'runner' | 'backend' | 'database';

/** One `kill -9`, of what and when. */
export interface PlannedKill {
  readonly target: Target;
  /** Which of those that are up, as a part of their number, in [0, 1). */
  readonly which: number;
  /** So many calls must have begun since the last kill … */
  readonly afterCalls: number;
  /** … or at least one, and all has been back for so long, in milliseconds. */
  readonly orAfterMs: number;
  /** And then this much longer, so that it does not always hit the beginning of a call. */
  readonly delayMs: number;
}

const WEIGHTS: Readonly<Record<Target, number>> = { runner: 60, backend: 20, database: 20 };
const MOST_DELAY_MS = 150;
const PATIENCE_MS = 1_500;

/** The kills of a run: the same seed gives the same ones. */
export function scheduleOf(seed: number, { jobs, kills }: { jobs: number; kills: number }): PlannedKill[] {
  const draw = draws(seed, 'kills');
  const callsBetween = jobs / Math.max(1, kills);
  return Array.from({ length: kills }, () => ({
    target: choose(draw, WEIGHTS),
    which: draw(),
    afterCalls: Math.max(1, Math.round(draw() * callsBetween)),
    orAfterMs: Math.round((0.5 + draw() / 2) * PATIENCE_MS),
    delayMs: Math.round(draw() * MOST_DELAY_MS),
  }));
}
