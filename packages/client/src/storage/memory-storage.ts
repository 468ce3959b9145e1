import type { PendingWrite } from '../queue/pending-write.ts';
import type { ResultStorage, Storage, StoredResult, WriteStorage } from './storage.ts';

/** Keeps pending writes as long as the page or program runs, and no results. */
export function memoryStorage(): Storage {
  return { isDurable: async () => false, writes: memoryWrites(), results: noResults(), close: () => undefined };
}

function memoryWrites(): WriteStorage {
  const writes = new Map<string, PendingWrite>();
  let lastOrder = 0;
  const of = (user: string): PendingWrite[] =>
    [...writes.values()].filter((write) => write.user === user).sort((one, other) => one.order - other.order);
  return {
    all: async (user) => of(user),
    change: async (user, touches, change) => {
      const related = of(user).filter((write) => write.touches.some((record) => touches.includes(record)));
      const { put, remove = [], mergedInto } = change(related);
      const stored = put.map((write): PendingWrite => {
        if ('order' in write) return { ...write, version: write.version + 1 };
        lastOrder += 1;
        return { ...write, order: lastOrder, version: 1 };
      });
      for (const write of stored) writes.set(write.key, write);
      for (const key of remove) writes.delete(key);
      return { put: stored, removed: remove, mergedInto };
    },
  };
}

function noResults(): ResultStorage {
  const nothing = async (): Promise<undefined> => undefined;
  return {
    read: async (): Promise<StoredResult | undefined> => undefined,
    save: nothing,
    lastSynced: nothing,
    removeOthers: nothing,
    removeOlder: nothing,
  };
}
