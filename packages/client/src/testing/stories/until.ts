import { setTimeout as pause } from 'node:timers/promises';

/** Waits until the check does not throw. Works outside of a test runner too. */
export async function until<Result>(check: () => Result | Promise<Result>, limitMs = 30_000): Promise<Result> {
  const end = performance.now() + limitMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() >= end) throw error;
      await pause(10);
    }
  }
}
