const MARK = 'spookify:has-been-here';

/** Whether somebody has signed in with this browser before. Nothing else is remembered of them. */
export function isReturning(): boolean {
  try {
    return localStorage.getItem(MARK) !== null;
  } catch {
    // Storage may be forbidden: then every visit is the first.
    return false;
  }
}

/** Remembers that somebody has signed in with this browser. */
export function rememberVisit(): void {
  try {
    localStorage.setItem(MARK, 'yes');
  } catch {
    // Forbidden, or full. The next visit is greeted as a first one.
  }
}
