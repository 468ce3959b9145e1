const FIRST_MS = 250;
const MAX_MS = 10_000;

/** Half of a delay that doubles up to its cap, and as much again at random, so that clients do not come back in step. */
export function backoff(attempt: number, random: number): number {
  const ceiling = Math.min(FIRST_MS * 2 ** Math.min(attempt, 16), MAX_MS);
  return ceiling / 2 + (ceiling / 2) * random;
}
