/** Returns a duration in milliseconds as a short text: "3 s", "12 min", "5 h". */
export function short(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

/** Returns how long ago a time was, or a dash if it never was. */
export function ago(then: Date | undefined): string {
  return then === undefined ? '–' : `${short(Date.now() - then.getTime())} ago`;
}
