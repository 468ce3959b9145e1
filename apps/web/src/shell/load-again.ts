/** How long a load waits for the files of a new version. Without them, the page is loaded from those that are stored. */
const UPDATE_MS = 15_000;

/**
 * Loads the page again, in the newest version that the web server has. Without the wait, the service worker would answer
 * with its own version once more (offline/worker.ts), which is no help to a page that is too old for its server.
 */
export async function loadAgain(): Promise<void> {
  const timeUp = new Promise((resolve) => setTimeout(resolve, UPDATE_MS));
  // Without a network there is no new version to wait for.
  await Promise.race([updateWorker().catch(() => undefined), timeUp]);
  location.reload();
}

/** Resolves when the newest service worker has taken over, or could not be installed. */
async function updateWorker(): Promise<void> {
  if (!('serviceWorker' in navigator)) return;
  const registration = await navigator.serviceWorker.getRegistration();
  await registration?.update();
  const worker = registration?.installing ?? registration?.waiting;
  while (worker && worker.state !== 'activated' && worker.state !== 'redundant') {
    await new Promise((resolve) => worker.addEventListener('statechange', resolve, { once: true }));
  }
}
