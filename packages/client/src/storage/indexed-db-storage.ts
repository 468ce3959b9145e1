import { type DBSchema, type IDBPDatabase, type IDBPTransaction, openDB } from 'idb';
import type { PendingWrite } from '../queue/pending-write.ts';
import { isPendingWrite } from '../queue/valid-write.ts';
import type { ResultStorage, Storage, StoredChanges, StoredResult, WriteStorage } from './storage.ts';

/** Results that are kept per user. */
const RESULTS_MAX = 200;
const VERSION = 1;

type StoredWrite = PendingWrite & {
  /** User and record of everything that the write touches. */
  readonly links: readonly string[];
};

interface Tables extends DBSchema {
  writes: {
    key: number;
    value: Omit<StoredWrite, 'order'> & { order?: number };
    indexes: { user: string; links: string };
  };
  results: { key: [user: string, query: string]; value: StoredResult; indexes: { user: string } };
  /** When each user last had current data. */
  marks: { key: string; value: { readonly user: string; readonly at: number } };
}

type Database = IDBPDatabase<Tables>;

/**
 * Keeps pending writes and results in IndexedDB.
 *
 * @param name distinguishes the gateways that one origin uses
 * @throws whatever the browser throws if it has no IndexedDB, or forbids it
 */
export async function indexedDbStorage(name: string): Promise<Storage> {
  const connection = new IndexedDb(`spookify:${name}`);
  await connection.run(async () => undefined);
  return {
    isDurable: async () => true,
    writes: indexedDbWrites(connection),
    results: indexedDbResults(connection),
    close: () => connection.close(),
  };
}

/** An open database. The browser may close it at any time, for example when its data is cleared; it is then opened again. */
class IndexedDb {
  readonly #name: string;
  #open: Promise<Database> | undefined;
  #isClosed = false;

  constructor(name: string) {
    this.#name = name;
  }

  async run<Result>(task: (database: Database) => Promise<Result>): Promise<Result> {
    try {
      return await task(await this.#database());
    } catch (error) {
      // The connection was closed. A transaction on it has done nothing.
      if (this.#isClosed || !(error instanceof DOMException) || error.name !== 'InvalidStateError') throw error;
      this.#open = undefined;
      return await task(await this.#database());
    }
  }

  close(): void {
    this.#isClosed = true;
    void this.#open?.then(
      (database) => database.close(),
      () => undefined,
    );
  }

  #database(): Promise<Database> {
    this.#open ??= openDB<Tables>(this.#name, VERSION, {
      upgrade(database) {
        const writes = database.createObjectStore('writes', { keyPath: 'order', autoIncrement: true });
        writes.createIndex('user', 'user');
        writes.createIndex('links', 'links', { multiEntry: true });
        database.createObjectStore('results', { keyPath: ['user', 'query'] }).createIndex('user', 'user');
        database.createObjectStore('marks', { keyPath: 'user' });
      },
      // A newer version of the page wants to upgrade.
      blocking: () => this.#forget(),
      terminated: () => this.#forget(),
    });
    this.#open.catch(() => {
      this.#open = undefined;
    });
    return this.#open;
  }

  #forget(): void {
    void this.#open?.then((database) => database.close());
    this.#open = undefined;
  }
}

function indexedDbWrites(connection: IndexedDb): WriteStorage {
  return {
    all: (user) =>
      connection.run(async (database) =>
        (await database.getAllFromIndex('writes', 'user', user))
          .map(pendingWriteOf)
          .filter((write) => isPendingWrite(write, user)),
      ),
    change: (user, touches, change) =>
      connection.run(async (database): Promise<StoredChanges> => {
        const transaction = database.transaction('writes', 'readwrite');
        try {
          const related = await relatedWrites(transaction, user, touches);
          const { put, remove = [], mergedInto } = change(related);
          const stored: PendingWrite[] = [];
          for (const write of put) {
            const links = write.touches.map((record) => linkOf(write.user, record));
            const version = 'version' in write ? write.version + 1 : 1;
            const order = await transaction.store.put({ ...write, version, links });
            stored.push({ ...write, version, order });
          }
          for (const write of related) if (remove.includes(write.key)) await transaction.store.delete(write.order);
          await transaction.done;
          return { put: stored, removed: remove, mergedInto };
        } catch (error) {
          // `done` rejects too; this error says why.
          transaction.done.catch(() => undefined);
          throw error;
        }
      }),
  };
}

async function relatedWrites(
  transaction: IDBPTransaction<Tables, ['writes'], 'readwrite'>,
  user: string,
  touches: readonly string[],
): Promise<PendingWrite[]> {
  const found = new Map<number, PendingWrite>();
  for (const record of touches) {
    for (const write of await transaction.store.index('links').getAll(linkOf(user, record))) {
      const pending = pendingWriteOf(write);
      if (isPendingWrite(pending, user)) found.set(pending.order, pending);
    }
  }
  return [...found.values()].sort((one, other) => one.order - other.order);
}

function indexedDbResults(connection: IndexedDb): ResultStorage {
  return {
    read: (user, query) => connection.run((database) => database.get('results', [user, query])),
    save: (results) =>
      connection.run(async (database) => {
        const transaction = database.transaction(['results', 'marks'], 'readwrite');
        const store = transaction.objectStore('results');
        for (const result of results) {
          await store.put(result);
          await transaction.objectStore('marks').put({ user: result.user, at: result.at });
        }
        for (const user of new Set(results.map((result) => result.user))) {
          if ((await store.index('user').count(user)) > RESULTS_MAX) await removeOldest(transaction, user);
        }
        await transaction.done;
      }),
    lastSynced: (user) => connection.run(async (database) => (await database.get('marks', user))?.at),
    removeOthers: (user) => connection.run((database) => removeResults(database, (result) => result.user !== user)),
    removeOlder: (user, tables, at) =>
      connection.run((database) =>
        removeResults(
          database,
          (result) => result.user === user && result.at <= at && result.tables.some((table) => tables.includes(table)),
        ),
      ),
  };
}

async function removeOldest(
  transaction: IDBPTransaction<Tables, ['results', 'marks'], 'readwrite'>,
  user: string,
): Promise<void> {
  const store = transaction.objectStore('results');
  const all = await store.index('user').getAll(user);
  const oldest = all.sort((one, other) => one.at - other.at).slice(0, all.length - RESULTS_MAX);
  for (const { query } of oldest) await store.delete([user, query]);
}

async function removeResults(database: Database, isMeant: (result: StoredResult) => boolean): Promise<void> {
  const transaction = database.transaction('results', 'readwrite');
  for await (const cursor of transaction.store) if (isMeant(cursor.value)) await cursor.delete();
  await transaction.done;
}

function pendingWriteOf(stored: Tables['writes']['value']): PendingWrite {
  const { links, order = 0, ...rest } = stored;
  return { ...rest, order };
}

function linkOf(user: string, record: string): string {
  return `${user} ${record}`;
}
