/**
 * From a storage to an engine, and back.
 *
 * The engine never gives a RocksDB folder back while its process lives: measured, opening it again in the same process
 * still failed seconds after it was freed. So a folder that is closed here is kept, engine and lock, for whoever opens
 * it next in this process, and is free for others when the process ends.
 */
import { Engine } from './engine.ts';
import { checkFolder, prepareFolder } from './folder.ts';
import { type FolderLock, lockFolder } from './folder-lock.ts';
import { folderInUse, folderProblem } from './folder-problem.ts';
import { type EngineOptions, openNativeEngine } from './native-engine.ts';
import type { Storage } from './storage.ts';

export interface OpenStorage {
  readonly engine: Engine;
  close(): Promise<void>;
}

/** The folders that this process holds: in use, or kept for the next one. */
const held = new Map<string, { inUse: boolean; readonly engine: Promise<Engine> }>();

/** Throws SPOOKY_DB_FOLDER_IN_USE, _FOREIGN, _UNUSABLE or _DAMAGED, SPOOKY_DB_DISK_FULL or SPOOKY_DB_ENGINE_FAILED. */
export async function openStorage(storage: Storage, options?: EngineOptions): Promise<OpenStorage> {
  if (storage.type === 'rocksdb') return openFolder(await prepareFolder(storage.path), options);
  const native = await openNativeEngine('mem://', options);
  return { engine: new Engine(native), close: () => native.free() };
}

async function openFolder(folder: string, options: EngineOptions | undefined): Promise<OpenStorage> {
  let holding = held.get(folder);
  if (holding?.inUse === true) throw folderInUse(folder, process.pid);
  if (holding === undefined) {
    holding = { inUse: true, engine: openRocksDb(folder, options) };
    held.set(folder, holding);
  }
  holding.inUse = true;
  const kept = holding;
  try {
    const engine = await kept.engine;
    return {
      engine,
      close: async () => {
        kept.inUse = false;
      },
    };
  } catch (error) {
    held.delete(folder);
    throw error;
  }
}

async function openRocksDb(folder: string, options: EngineOptions | undefined): Promise<Engine> {
  let lock: FolderLock | undefined;
  try {
    lock = await lockFolder(folder);
    await checkFolder(folder);
    return new Engine(await openNativeEngine(`rocksdb://${folder}`, options));
  } catch (error) {
    lock?.release();
    throw folderProblem(folder, error);
  }
}
