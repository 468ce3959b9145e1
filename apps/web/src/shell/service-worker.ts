/**
 * Starts the service worker, which opens the app without a network (offline/worker.ts). Browsers have service workers only
 * on https and on this machine. Elsewhere the app works without one, as it does if the worker cannot be installed.
 */
export function startServiceWorker(): void {
  if (!('serviceWorker' in navigator)) return;
  // Both are refused in a browser that keeps nothing for this site.
  const warn = (error: unknown) => console.warn(error);
  // While this page is open, its files stay in the cache. The browser releases the lock with the page, even after a crash.
  navigator.locks.request(import.meta.url, { mode: 'shared' }, () => new Promise(() => {})).catch(warn);
  navigator.serviceWorker.register('/sw.js', { updateViaCache: 'none' }).catch(warn);
}
