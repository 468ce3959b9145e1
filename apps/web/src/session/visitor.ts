const MARK = 'spookify:has-been-here';

/** Whether a person has signed in with this browser before. Nothing else is stored. */
export function isReturning(): boolean {
  try {
    return localStorage.getItem(MARK) !== null;
  } catch {
    // Storage may be blocked: then every visit counts as the first.
    return false;
  }
}

/** Stores that a person has signed in with this browser. */
export function rememberVisit(): void {
  try {
    localStorage.setItem(MARK, 'yes');
  } catch {
    // Forbidden, or full. The next visit is greeted as a first one.
  }
}
