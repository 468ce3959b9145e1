import { indexedDbStorage } from './indexed-db-storage.ts';
import { memoryStorage } from './memory-storage.ts';
import type { Storage } from './storage.ts';

/**
 * The storage of a page, which opens with the first use. If the browser has no IndexedDB or forbids it, as some do in
 * private windows, everything is kept in memory.
 *
 * @param name distinguishes the gateways that one origin uses
 */
export function openStorage(name: string): Storage {
  let opened: Promise<Storage> | undefined;
  const open = (): Promise<Storage> => {
    opened ??= indexedDbStorage(name).catch(() => memoryStorage());
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
      removeOthers: async (...given) => (await open()).results.removeOthers(...given),
      removeOlder: async (...given) => (await open()).results.removeOlder(...given),
    },
    close: () => void opened?.then((storage) => storage.close()),
  };
}
