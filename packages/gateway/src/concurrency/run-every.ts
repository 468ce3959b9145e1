/**
 * Runs work periodically in the background. While a run is under way, the next ones are left out.
 *
 * @param ms the period, in milliseconds
 * @param onError called if a run fails; the next run follows as usual
 * @returns stops it; a run that is under way goes on
 */
export function runEvery(ms: number, work: () => Promise<void>, onError: (error: unknown) => void): () => void {
  let isRunning = false;
  const timer = setInterval(() => {
    if (isRunning) return;
    isRunning = true;
    void work()
      .catch(onError)
      .finally(() => {
        isRunning = false;
      });
  }, ms);
  timer.unref();
  return () => clearInterval(timer);
}
