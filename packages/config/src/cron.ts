/*
 * The calendar of a cron expression.
 *
 * croner (10.0.1) answers by the wall clock, and within a few hours of a change of the clock its answer depends on the moment it
 * is asked from: in the hour that is repeated it may give a time that has passed, and in the one that is skipped it may
 * leave a fire out. Walking forward from before the change always gives one and the same sequence, so near a change this
 * does that, and everywhere else asks once.
 */
import { Cron } from 'croner';

export interface CronCalendar {
  /** The first fire strictly after `after`; undefined if there is none. */
  next(after: Date): Date | undefined;
}

/** No change of a clock shifts by as much, but for the days that islands skipped at the date line, where both ways agree. */
const NEAR_MS = 2 * 3_600_000;

/**
 * A fire at a time that the change to summer time skips comes as much later as the clock jumps (02:30 at 03:30); at a time
 * that is repeated it comes once, the first time.
 *
 * @param expression five fields (minute, hour, day, month, weekday), or `@daily` and its like
 * @param timezone an IANA name such as `Europe/Berlin`
 * @throws Error when one of them is not valid
 */
export function createCalendar(expression: string, timezone: string): CronCalendar {
  const cron = new Cron(expression, { timezone, mode: '5-part' });
  const format = new Intl.DateTimeFormat('en', { timeZone: timezone, timeZoneName: 'longOffset' });
  const offsetAt = (ms: number): string | undefined =>
    format.formatToParts(ms).find(({ type }) => type === 'timeZoneName')?.value;

  /** The last answer: the first fire after every moment from `asked` on. One of the sequence, so walking may begin at it. */
  let last: { readonly asked: number; readonly fire: Date } | undefined;

  function find(from: number): Date | undefined {
    if (offsetAt(from - NEAR_MS) === offsetAt(from + NEAR_MS)) return cron.nextRun(new Date(from)) ?? undefined;
    const isLastNear = last !== undefined && last.fire.getTime() <= from && last.fire.getTime() > from - 2 * NEAR_MS;
    let fire = isLastNear && last ? last.fire : cron.nextRun(new Date(from - 2 * NEAR_MS));
    while (fire !== null && fire.getTime() <= from) fire = cron.nextRun(fire);
    return fire ?? undefined;
  }

  return {
    next(after) {
      const asked = after.getTime();
      if (last && last.asked <= asked && asked < last.fire.getTime()) return last.fire;
      const fire = find(asked);
      last = fire && { asked, fire };
      return fire;
    },
  };
}

const FIELDS = ['minute', 'hour', 'day of the month', 'month', 'day of the week'];

/** What is wrong with a cron expression, if anything is. Says nothing of what it holds. */
export function cronFault(expression: string): string | undefined {
  const fields = expression.trim().split(/\s+/);
  if (fields.length === 1 && /^@[a-z]+$/i.test(fields[0] ?? '')) {
    return isReadable(expression) ? undefined : 'must be @yearly, @monthly, @weekly, @daily, @hourly or five fields';
  }
  if (fields.length !== FIELDS.length) return `must have five fields: ${FIELDS.join(', ')}`;
  const wrong = FIELDS.find((_, at) => !isReadable(FIELDS.map((_name, i) => (i === at ? fields[i] : '*')).join(' ')));
  if (wrong !== undefined) return `the ${wrong} cannot be read`;
  return createCalendar(expression, 'UTC').next(new Date()) ? undefined : 'names a day that never comes';
}

function isReadable(expression: string): boolean {
  try {
    createCalendar(expression, 'UTC');
    return true;
  } catch {
    return false;
  }
}

/** Whether this is a time zone's IANA name that this Node knows. */
export function isTimezone(name: string): boolean {
  // Node also takes offsets such as +02:00, whose clock never changes; a place is meant here.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
