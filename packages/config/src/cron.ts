/**
 * The calendar of a cron expression.
 *
 * croner (10.0.1) computes with the wall clock, and within a few hours of a clock change its answer depends on the
 * moment from which it is asked. In the repeated hour it may return a time that has passed, and in the skipped hour it
 * may omit a fire. Walking forward from before the change always gives the same sequence. So this file walks near a
 * clock change, and asks once everywhere else.
 */
import { Cron } from 'croner';

/** The fires of a cron expression. */
export interface CronCalendar {
  /** Returns the first fire strictly after `after`, or undefined if there is none. */
  next(after: Date): Date | undefined;
}

/**
 * Clock changes are smaller than this, except for the days that islands skipped at the date line, where both methods
 * agree.
 */
const NEAR_MS = 2 * 3_600_000;

/**
 * Creates the calendar of an expression. A fire at a time that summer time skips happens later, by as much as the clock
 * jumps (02:30 becomes 03:30). A fire at a repeated time happens once, at the first of the two.
 *
 * @param expression five fields (minute, hour, day, month, weekday), or a nickname such as `@daily`
 * @param timezone an IANA name such as `Europe/Berlin`
 * @throws Error when one of them is invalid
 */
export function createCalendar(expression: string, timezone: string): CronCalendar {
  const cron = new Cron(expression, { timezone, mode: '5-part' });
  const format = new Intl.DateTimeFormat('en', { timeZone: timezone, timeZoneName: 'longOffset' });
  const offsetAt = (ms: number): string | undefined =>
    format.formatToParts(ms).find(({ type }) => type === 'timeZoneName')?.value;

  /** The last answer: `fire` is the first fire after every moment from `asked` on. Walking may start at it. */
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

/** Returns what is wrong with a cron expression, or undefined. The text never contains the expression. */
export function cronFault(expression: string): string | undefined {
  const fields = expression.trim().split(/\s+/);
  if (fields.length === 1 && /^@[a-z]+$/i.test(fields[0] ?? '')) {
    return isReadable(expression) ? undefined : 'must be @yearly, @monthly, @weekly, @daily, @hourly or five fields';
  }
  if (fields.length !== FIELDS.length) return `must have five fields: ${FIELDS.join(', ')}`;
  const wrong = FIELDS.find((_, at) => !isReadable(FIELDS.map((_name, i) => (i === at ? fields[i] : '*')).join(' ')));
  if (wrong !== undefined) return `the ${wrong} cannot be read`;
  return createCalendar(expression, 'UTC').next(new Date()) ? undefined : 'names a day that does not exist';
}

function isReadable(expression: string): boolean {
  try {
    createCalendar(expression, 'UTC');
    return true;
  } catch {
    return false;
  }
}

/** Whether this is an IANA time zone name that this Node knows. */
export function isTimezone(name: string): boolean {
  // Node also accepts offsets such as +02:00, which have no summer time. Only places are valid here.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
