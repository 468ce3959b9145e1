import type { ScheduleTiming } from '@spookify/config';
import { type CronCalendar, createCalendar } from '@spookify/config/cron';

/** Parsing an expression takes longer than evaluating it, and there are few of them. */
const calendars = new Map<string, CronCalendar>();

/**
 * Returns the first fire strictly after `after`; undefined if there is none. An interval fires at its multiples since
 * 1970-01-01T00:00:00Z, so that all runners agree without knowing when the schedule began.
 *
 * @throws Error if the cron expression or the time zone is invalid
 */
export function nextFire(timing: ScheduleTiming, after: Date): Date | undefined {
  if ('everyMs' in timing) return new Date((Math.floor(after.getTime() / timing.everyMs) + 1) * timing.everyMs);
  const key = definitionOf(timing);
  const calendar = calendars.get(key) ?? createCalendar(timing.cron, timing.timezone);
  calendars.set(key, calendar);
  return calendar.next(after);
}

/** The timing as text. Two timings are equal if their texts are; equivalent cron expressions may still differ. */
export function definitionOf(timing: ScheduleTiming): string {
  return JSON.stringify('everyMs' in timing ? { everyMs: timing.everyMs } : [timing.cron, timing.timezone]);
}

/** The reverse of `definitionOf`; undefined for other text. */
export function readDefinition(definition: string): ScheduleTiming | undefined {
  try {
    const value: unknown = JSON.parse(definition);
    if (Array.isArray(value)) return { cron: String(value[0]), timezone: String(value[1]) };
    const everyMs = Number(Object(value).everyMs);
    return everyMs > 0 ? { everyMs } : undefined;
  } catch {
    return undefined;
  }
}
