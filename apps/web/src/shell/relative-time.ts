const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const absolute = new Intl.DateTimeFormat('en', { dateStyle: 'medium' });

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Returns how long ago, in words: "just now", "5 minutes ago", "yesterday"; after a week, the date. */
export function relativeTime(then: Date, now: number): string {
  // The database's clock may be slightly ahead of this one: that counts as now.
  const seconds = Math.max(0, Math.round((now - then.getTime()) / 1000));
  if (seconds < 45) return 'just now';
  if (seconds < 45 * MINUTE) return relative.format(-Math.max(1, Math.round(seconds / MINUTE)), 'minute');
  if (seconds < 22 * HOUR) return relative.format(-Math.max(1, Math.round(seconds / HOUR)), 'hour');
  if (seconds < 7 * DAY) return relative.format(-Math.max(1, Math.round(seconds / DAY)), 'day');
  return absolute.format(then);
}
