import type { PendingWrite } from '../queue/pending-write.ts';
import { WriteList } from '../queue/write-list.ts';
import type { ResultStorage, Storage, StoredResult, WriteStorage } from './storage.ts';

/** Keeps pending writes as long as the page or program runs, and no results. */
export function memoryStorage(): Storage {
  return { isDurable: async () => false, writes: memoryWrites(), results: noResults(), close: () => undefined };
}

function memoryWrites(): WriteStorage {
  const users = new Map<string, WriteList>();
  let lastOrder = 0;
  const of = (user: string): WriteList => {
    const writes = users.get(user) ?? new WriteList();
    users.set(user, writes);
    return writes;
  };
  return {
    all: async (user) => [...of(user)],
    change: async (user, { record, others = [] }, change) => {
      const writes = of(user);
      const found = new Set(writes.touching(record));
      for (const other of others) for (const last of writes.touching(other).slice(-1)) found.add(last);
      const related = [...found].sort((one, other) => one.order - other.order);
      const { put, remove = [], mergedInto } = change(related);
      const stored = put.map((write): PendingWrite => {
        if ('order' in write) return { ...write, version: write.version + 1 };
        lastOrder += 1;
        return { ...write, order: lastOrder, version: 1 };
      });
      for (const write of stored) of(write.user).set(write);
      for (const write of related) if (remove.includes(write.key)) writes.delete(write.key);
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
    keep: nothing,
  };
}
