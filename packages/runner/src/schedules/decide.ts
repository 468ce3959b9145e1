/*
 * What a runner does about a schedule each time it looks. Pure.
 *
 *   no row ───────────────adopt──▶ row, marked now ──due──▶ fire: a job, marked now ──▶ …
 *   row of another timing ─adopt──▶ the same row, marked now
 *   row, paused ──────────────────▶ idle
 *
 * `mark` is the moment up to which fires are done, by the database's clock. The next fire is the first one after it. So
 * several missed fires become one, the first of them. If the clock jumps back behind the mark, nothing fires until it
 * has caught up.
 */
import type { ScheduleTiming } from '@spookify/config';
import { definitionOf, nextFire, readDefinition } from './timing.ts';

/** A schedule's row in the database. */
export interface ScheduleRow {
  /** The timing that it fires by, as `definitionOf` writes it. */
  readonly definition: string;
  readonly mark: Date;
  readonly paused: boolean;
  /** Changes with every write of the row. */
  readonly version: number;
}

/** What to do about a schedule now. */
export type Decision =
  /** Create the row or take it over: it fires by this runner's timing from now on. */
  | { readonly kind: 'adopt' }
  | { readonly kind: 'fire'; readonly at: Date }
  | { readonly kind: 'wait'; readonly ms: number }
  /** Paused, managed by another runner's timing, or never due again. */
  | { readonly kind: 'idle' };

/** How long a fire by another timing is overdue before the runners with that timing count as gone. */
const ABANDONED_MS = 60_000;

/**
 * While two versions of sp00ky.yml are running, the runner that started last decides the timing. The others fire only
 * schedules whose timing still equals theirs.
 *
 * @param now by the database's clock
 * @param isFirstLook whether this runner sees the schedule for the first time since it started
 */
export function decide(
  timing: ScheduleTiming,
  row: ScheduleRow | undefined,
  now: Date,
  isFirstLook: boolean,
): Decision {
  if (row === undefined) return { kind: 'adopt' };
  if (row.definition !== definitionOf(timing)) {
    return isFirstLook || isAbandoned(row, now) ? { kind: 'adopt' } : { kind: 'idle' };
  }
  if (row.paused) return { kind: 'idle' };
  const at = nextFire(timing, row.mark);
  if (at === undefined) return { kind: 'idle' };
  const ms = at.getTime() - now.getTime();
  return ms > 0 ? { kind: 'wait', ms } : { kind: 'fire', at };
}

function isAbandoned({ definition, mark, paused }: ScheduleRow, now: Date): boolean {
  if (paused) return false;
  const timing = readDefinition(definition);
  const at = timing && nextFire(timing, mark);
  return at === undefined || now.getTime() - at.getTime() > ABANDONED_MS;
}
