import { indexedDbStorage } from './indexed-db-storage.ts';
import { memoryStorage } from './memory-storage.ts';
import type { Storage } from './storage.ts';

/**
 * How long the browser may take to open its storage. It waits for tabs with an older version of the page to close theirs.
 * Milliseconds.
 */
const OPEN_MS = 5_000;

/**
 * The storage of a page, which opens with the first use. If the browser has no IndexedDB, forbids it, as some do in
 * private windows, or does not answer, everything is kept in memory.
 *
 * @param name distinguishes the gateways that one origin uses
 */
export function openStorage(name: string): Storage {
  let opened: Promise<Storage> | undefined;
  const open = (): Promise<Storage> => {
    opened ??= openOrMemory(name);
    return opened;
  };
  return {
    isDurable: async () => (await open()).isDurable(),
    writes: {
      all: async (...given) => (await open()).writes.all(...given),
      change: async (...given) => (await open()).writes.change(...given),
    },
    results: {
      read: async (...given) => (await open()).results.read(...given),
      save: async (...given) => (await open()).results.save(...given),
      lastSynced: async (...given) => (await open()).results.lastSynced(...given),
      lacked: async (...given) => (await open()).results.lacked(...given),
      removeOthers: async (...given) => (await open()).results.removeOthers(...given),
      removeLacking: async (...given) => (await open()).results.removeLacking(...given),
    },
    close: () => void opened?.then((storage) => storage.close()),
  };
}

async function openOrMemory(name: string): Promise<Storage> {
  const opening = indexedDbStorage(name);
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), OPEN_MS);
  const storage = await Promise.race([opening.catch(() => undefined), late.promise]);
  clearTimeout(timer);
  if (storage !== undefined) return storage;
  // One that opens too late is not used, and must not block the upgrade by a newer page.
  void opening.then(
    (unused) => unused.close(),
    () => undefined,
  );
  return memoryStorage();
}
