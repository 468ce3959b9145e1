/**
 * A service worker that removes the app's worker and its caches, and loads the open pages again. The development server
 * answers with it, because a built app may have run on the same port before. A web server can do the same for an app that
 * no longer has a worker.
 */
export const REMOVAL = `self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(remove()));

async function remove() {
  for (const name of await caches.keys()) await caches.delete(name);
  await self.registration.unregister();
  for (const page of await self.clients.matchAll({ type: 'window' })) await page.navigate(page.url);
}
`;
