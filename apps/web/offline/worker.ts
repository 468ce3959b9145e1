/*
 * The service worker of the built app: the page opens without a network, and one page never mixes files of two versions.
 *
 * Each build has its own worker and its own cache, which the worker fills before it takes over. From then on:
 *
 *     a path of the app          index.html of this version, from its cache
 *     a file of this version     from its cache
 *     a file in /assets/         from the cache of any version, because its name contains the hash of its content
 *     everything else            the network, as without a worker
 *
 * The worker of a new version takes over at once, also for pages of earlier versions. They continue with their own files:
 * a cache is removed only when no page of its version is open. The next load of any page gets the new version.
 */
import type { BuiltFiles } from './built-files.ts';

declare const self: ServiceWorkerGlobalScope;
/** The plugin writes this constant in front of the built worker. */
declare const BUILT: BuiltFiles;

const PREFIX = 'app ';
const CURRENT = `${PREFIX}${BUILT.version}`;
const INDEX = '/';
const ASSETS = '/assets/';

self.addEventListener('install', (event) => {
  event.waitUntil(download().then(() => self.skipWaiting()));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(Promise.all([removeUnused(), self.clients.claim()]));
});

self.addEventListener('fetch', (event) => {
  const cached = findCached(event.request);
  if (cached === undefined) return;
  event.respondWith(cached.then((response) => response ?? fetch(event.request)));
});

/**
 * Stores all files of this version, or none. Each is compared with the hash that the build has written down: if a
 * deployment is under way and a file is of another version, the installation fails. The browser repeats it at the next load.
 */
async function download(): Promise<void> {
  const cache = await caches.open(CURRENT);
  // Hashed files never change, so those that the page has loaded are not loaded again.
  const modeOf = (path: string): RequestCache => (path.startsWith(ASSETS) ? 'default' : 'no-cache');
  await cache.addAll(
    Object.entries(BUILT.files).map(([path, integrity]) => new Request(path, { cache: modeOf(path), integrity })),
  );
}

/** Returns the cached response, which may be missing, or undefined for a request that this worker leaves alone. */
function findCached(request: Request): Promise<Response | undefined> | undefined {
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== self.location.origin) return undefined;
  if (BUILT.notPages.some((prefix) => pathname.startsWith(prefix))) return undefined;
  if (pathname.startsWith(ASSETS)) return caches.match(request, { ignoreVary: true });
  if (pathname in BUILT.files) return fromCurrent(pathname);
  if (request.mode === 'navigate') return fromCurrent(INDEX);
  return undefined;
}

async function fromCurrent(path: string): Promise<Response | undefined> {
  const cache = await caches.open(CURRENT);
  return cache.match(path, { ignoreVary: true });
}

/**
 * Removes the caches of versions that no page uses. An open page holds a lock with the name of one of its files
 * (src/shell/service-worker.ts). The version before this one stays in any case: a page may be starting from it.
 */
async function removeUnused(): Promise<void> {
  const earlier = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CURRENT).slice(0, -1);
  const { held = [] } = await navigator.locks.query();
  const used = held.map(({ name = '' }) => name).filter((name) => name.startsWith(self.location.origin + ASSETS));
  for (const name of earlier) {
    const cache = await caches.open(name);
    const found = await Promise.all(used.map((file) => cache.match(file, { ignoreVary: true })));
    if (found.every((response) => response === undefined)) await caches.delete(name);
  }
}
