import type { PendingWrite } from '../queue/pending-write.ts';
import { isPendingWrite } from '../queue/valid-write.ts';
import { answerOf, endOf, IndexedDb } from './indexed-db.ts';
import type { ResultStorage, Storage, StoredChanges, StoredResult, WritePlace, WriteStorage } from './storage.ts';

/** Results that are kept per user. */
const RESULTS_MAX = 200;
const VERSION = 1;

type StoredWrite = Omit<PendingWrite, 'order'> & {
  /** Given by the database to a new write. */
  readonly order?: number;
  /** User and record of everything that the write touches. */
  readonly links: readonly string[];
};

/** When a user last had current data. */
interface Mark {
  readonly user: string;
  readonly at: number;
}

/**
 * Keeps pending writes and results in IndexedDB.
 *
 * @param name distinguishes the gateways that one origin uses
 * @throws whatever the browser throws if it has no IndexedDB, or forbids it
 */
export async function indexedDbStorage(name: string): Promise<Storage> {
  const connection = new IndexedDb(`spookify:${name}`, VERSION, createStores);
  await connection.run(async () => undefined);
  return {
    isDurable: async () => true,
    writes: indexedDbWrites(connection),
    results: indexedDbResults(connection),
    close: () => connection.close(),
  };
}

function createStores(database: IDBDatabase): void {
  const writes = database.createObjectStore('writes', { keyPath: 'order', autoIncrement: true });
  writes.createIndex('user', 'user');
  writes.createIndex('links', 'links', { multiEntry: true });
  database.createObjectStore('results', { keyPath: ['user', 'query'] }).createIndex('user', 'user');
  database.createObjectStore('marks', { keyPath: 'user' });
}

function indexedDbWrites(connection: IndexedDb): WriteStorage {
  return {
    all: (user) =>
      connection.run(async (database) => {
        const store = database.transaction('writes').objectStore('writes');
        return readable(await answerOf<StoredWrite[]>(store.index('user').getAll(user)), user);
      }),
    change: (user, place, change) =>
      // A write is worth more than the last results.
      orWithoutResults(connection, async (database): Promise<StoredChanges> => {
        const transaction = database.transaction('writes', 'readwrite');
        const done = endOf(transaction);
        const store = transaction.objectStore('writes');
        try {
          const related = await relatedWrites(store, user, place);
          const { put, remove = [], mergedInto } = change(related);
          const stored: PendingWrite[] = [];
          for (const write of put) {
            const links = write.touches.map((record) => linkOf(write.user, record));
            const version = 'version' in write ? write.version + 1 : 1;
            const order = Number(await answerOf(store.put({ ...write, version, links } satisfies StoredWrite)));
            stored.push({ ...write, version, order });
          }
          for (const write of related) if (remove.includes(write.key)) store.delete(write.order);
          await done;
          return { put: stored, removed: remove, mergedInto };
        } catch (error) {
          // `done` rejects too; this error says why.
          done.catch(() => undefined);
          abort(transaction);
          throw error;
        }
      }),
  };
}

async function relatedWrites(
  store: IDBObjectStore,
  user: string,
  { record, others = [] }: WritePlace,
): Promise<PendingWrite[]> {
  const index = store.index('links');
  const stored = await answerOf<StoredWrite[]>(index.getAll(linkOf(user, record)));
  for (const other of others) {
    const last = await answerOf(index.openCursor(linkOf(user, other), 'prev'));
    if (last !== null) stored.push(last.value);
  }
  const found = new Map(readable(stored, user).map((write) => [write.order, write]));
  return [...found.values()].sort((one, other) => one.order - other.order);
}

/** Runs a task, and runs it again without the kept results if the browser has no space left. */
async function orWithoutResults<Result>(
  connection: IndexedDb,
  task: (database: IDBDatabase) => Promise<Result>,
): Promise<Result> {
  try {
    return await connection.run(task);
  } catch (error) {
    if (!(error instanceof DOMException) || error.name !== 'QuotaExceededError') throw error;
    await connection.run((database) => removeOthers(database, undefined));
    return await connection.run(task);
  }
}

/** Ends a transaction that has not ended yet. */
function abort(transaction: IDBTransaction): void {
  try {
    transaction.abort();
  } catch {
    // It has ended, for example because the disk is full.
  }
}

function indexedDbResults(connection: IndexedDb): ResultStorage {
  return {
    read: (user, query) =>
      connection.run((database) =>
        answerOf<StoredResult | undefined>(database.transaction('results').objectStore('results').get([user, query])),
      ),
    save: (results) =>
      connection.run(async (database) => {
        const transaction = database.transaction(['results', 'marks'], 'readwrite');
        const done = endOf(transaction);
        const store = transaction.objectStore('results');
        for (const result of results) {
          store.put(result);
          transaction.objectStore('marks').put({ user: result.user, at: result.at } satisfies Mark);
        }
        for (const user of new Set(results.map((result) => result.user))) void removeOldest(store, user);
        await done;
      }),
    lastSynced: (user) =>
      connection.run(async (database) => {
        const store = database.transaction('marks').objectStore('marks');
        return (await answerOf<Mark | undefined>(store.get(user)))?.at;
      }),
    removeOthers: (user) => connection.run((database) => removeOthers(database, user)),
    keep: (user, judge) =>
      connection.run(async (database) => {
        const transaction = database.transaction('results', 'readwrite');
        const done = endOf(transaction);
        const store = transaction.objectStore('results');
        for (const result of await answerOf<StoredResult[]>(store.index('user').getAll(user))) {
          if (!judge(result)) store.delete([user, result.query]);
        }
        await done;
      }),
  };
}

/** Removes the oldest results of a user beyond the limit. Their content is read only if there are too many. */
async function removeOldest(store: IDBObjectStore, user: string): Promise<void> {
  const index = store.index('user');
  if ((await answerOf(index.count(user))) <= RESULTS_MAX) return;
  const all = await answerOf<StoredResult[]>(index.getAll(user));
  const oldest = all.sort((one, other) => one.at - other.at).slice(0, all.length - RESULTS_MAX);
  for (const { query } of oldest) store.delete([user, query]);
}

/** Reads only the keys, because this happens at every connection. */
async function removeOthers(database: IDBDatabase, user: string | undefined): Promise<void> {
  const transaction = database.transaction('results', 'readwrite');
  const done = endOf(transaction);
  const store = transaction.objectStore('results');
  for (const key of (await answerOf(store.getAllKeys())) as [user: string, query: string][]) {
    if (key[0] !== user) store.delete(key);
  }
  await done;
}

/** The stored writes of a user that this version of the page understands. */
function readable(stored: readonly StoredWrite[], user: string): PendingWrite[] {
  return stored.map(pendingWriteOf).filter((write) => isPendingWrite(write, user));
}

function pendingWriteOf(stored: StoredWrite): PendingWrite {
  const { links, order = 0, ...rest } = stored;
  return { ...rest, order };
}

function linkOf(user: string, record: string): string {
  return `${user} ${record}`;
}
