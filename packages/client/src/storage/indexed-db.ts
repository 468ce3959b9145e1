/*
 * IndexedDB with promises: what the storage of this package needs of it. Libraries for this are larger, and the size of a
 * page's code matters.
 */

/** Resolves with the answer of a request. Nothing else may be awaited between two requests of a transaction. */
export function answerOf<Answer>(request: IDBRequest<Answer>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** Resolves when a transaction is stored. */
export function endOf(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new DOMException('The transaction ended.', 'AbortError'));
  });
}

/** An open database. The browser may close it at any time, for example when its data is cleared; it is then opened again. */
export class IndexedDb {
  readonly #name: string;
  readonly #version: number;
  readonly #create: (database: IDBDatabase) => void;
  #open: Promise<IDBDatabase> | undefined;
  #isClosed = false;

  /** @param create makes the stores of a new database */
  constructor(name: string, version: number, create: (database: IDBDatabase) => void) {
    this.#name = name;
    this.#version = version;
    this.#create = create;
  }

  /** @throws whatever the browser throws if it has no IndexedDB, or forbids it */
  async run<Result>(task: (database: IDBDatabase) => Promise<Result>): Promise<Result> {
    // A closed client must not open it again: that would block the upgrade by a newer page.
    if (this.#isClosed) throw new DOMException('The storage is closed.', 'InvalidStateError');
    const open = this.#database();
    try {
      return await task(await open);
    } catch (error) {
      // The connection was closed. A transaction on it has done nothing.
      if (this.#isClosed || !(error instanceof DOMException) || error.name !== 'InvalidStateError') throw error;
      // Another task may have opened it again.
      if (this.#open === open) this.#open = undefined;
      return await task(await this.#database());
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#forget();
  }

  #database(): Promise<IDBDatabase> {
    this.#open ??= this.#opened();
    this.#open.catch(() => {
      this.#open = undefined;
    });
    return this.#open;
  }

  async #opened(): Promise<IDBDatabase> {
    const request = indexedDB.open(this.#name, this.#version);
    request.onupgradeneeded = () => this.#create(request.result);
    const database = await answerOf(request);
    // A newer version of the page wants to upgrade, or the browser has closed it.
    database.onversionchange = () => {
      database.close();
      this.#forget();
    };
    database.onclose = () => this.#forget();
    return database;
  }

  #forget(): void {
    void this.#open?.then(
      (database) => database.close(),
      () => undefined,
    );
    this.#open = undefined;
  }
}
