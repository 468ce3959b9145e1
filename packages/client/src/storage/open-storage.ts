import { within } from '../within.ts';
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
    writes: later(open, 'writes', ['all', 'change']),
    results: later(open, 'results', ['read', 'save', 'lastSynced', 'removeOthers', 'keep']),
    close: () => void opened?.then((storage) => storage.close()),
  };
}

type Part = 'writes' | 'results';

/** The methods of a part of the storage, which open it first. */
function later<Name extends Part>(
  open: () => Promise<Storage>,
  part: Name,
  methods: readonly (keyof Storage[Name] & string)[],
): Storage[Name] {
  const call = (method: keyof Storage[Name]) => {
    return async (...given: unknown[]): Promise<unknown> => {
      const target = (await open())[part];
      return await (target[method] as (...given: unknown[]) => unknown)(...given);
    };
  };
  return Object.fromEntries(methods.map((method) => [method, call(method)])) as unknown as Storage[Name];
}

async function openOrMemory(name: string): Promise<Storage> {
  const opening = indexedDbStorage(name);
  const storage = await within(OPEN_MS, opening);
  if (storage !== undefined) return storage;
  // One that opens too late is not used, and must not block the upgrade by a newer page.
  void opening.then(
    (unused) => unused.close(),
    () => undefined,
  );
  return memoryStorage();
}
