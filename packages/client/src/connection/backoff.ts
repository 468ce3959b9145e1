const FIRST_MS = 250;
const MAX_MS = 10_000;

/**
 * The delay before a reconnect, in milliseconds. It doubles up to a maximum, and half of it is random, so that clients
 * do not reconnect at the same moment.
 */
export function backoff(attempt: number, random: number): number {
  const ceiling = Math.min(FIRST_MS * 2 ** Math.min(attempt, 16), MAX_MS);
  return ceiling / 2 + (ceiling / 2) * random;
}
