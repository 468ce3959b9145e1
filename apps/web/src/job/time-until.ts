const UNITS = [
  ['days', 86_400],
  ['h', 3_600],
  ['min', 60],
] as const;

/** "in 40 s", "in 5 min", "now": whole units, rounded up. A unit is used from two of it on. */
export function timeUntil(dueAt: Date, now: number): string {
  const seconds = Math.ceil((dueAt.getTime() - now) / 1000);
  if (seconds <= 0) return 'now';
  const [unit, size] = UNITS.find(([, size]) => seconds >= 2 * size) ?? ['s', 1];
  return `in ${Math.ceil(seconds / size)} ${unit}`;
}
