const TICK_MS = 10;

/**
 * How long work takes by the turns of this process's own event loop, in milliseconds: a machine that holds the whole
 * process up adds nothing to it, a product that waits does.
 */
export async function ownTime(work: () => Promise<unknown>): Promise<number> {
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
