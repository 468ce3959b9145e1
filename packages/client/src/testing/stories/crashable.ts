import type { Storage } from '../../storage/storage.ts';

/** A storage that a crash separates from its tab: what the tab does afterwards never reaches the disk. */
export function crashable(storage: Storage): { readonly storage: Storage; readonly crash: () => void } {
  let isCrashed = false;
  const wrapped = <Args extends unknown[], Result>(method: (...args: Args) => Promise<Result>) => {
    return (...args: Args): Promise<Result> => (isCrashed ? new Promise(() => undefined) : method(...args));
  };
  const { writes, results } = storage;
  return {
    storage: {
      isDurable: wrapped(storage.isDurable),
      writes: { all: wrapped(writes.all), change: wrapped(writes.change) },
      results: {
        read: wrapped(results.read),
        save: wrapped(results.save),
        lastSynced: wrapped(results.lastSynced),
        removeOthers: wrapped(results.removeOthers),
        keep: wrapped(results.keep),
      },
      close: storage.close,
    },
    crash: () => {
      isCrashed = true;
    },
  };
}
