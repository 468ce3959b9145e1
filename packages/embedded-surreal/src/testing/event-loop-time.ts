const TICK_MS = 10;

/**
 * Measures how long work takes in ticks of this process's event loop, in milliseconds. Time in which the machine
 * suspends the whole process does not count; time in which the code under test waits does.
 */
export async function eventLoopTime(work: () => Promise<unknown>): Promise<number> {
  let ticks = 0;
  const clock = setInterval(() => {
    ticks += 1;
  }, TICK_MS);
  try {
    await work();
  } finally {
    clearInterval(clock);
  }
  return ticks * TICK_MS;
}
