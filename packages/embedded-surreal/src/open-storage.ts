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
import { keepPrivate } from './folder-privacy.ts';
import { folderInUse, folderProblem } from './folder-problem.ts';
import { type EngineAllowances, openNativeEngine } from './native-engine.ts';
import type { Storage } from './storage.ts';

export interface OpenStorage {
  readonly engine: Engine;
  /** What should be put right, but keeps nobody from working. */
  readonly warning?: string;
  close(): Promise<void>;
}

/** The folders that this process holds: in use, or kept for the next one. */
const held = new Map<string, { inUse: boolean; readonly engine: Promise<Engine> }>();

/** Throws SPOOKY_DB_FOLDER_IN_USE, _FOREIGN, _UNUSABLE or _DAMAGED, SPOOKY_DB_DISK_FULL or SPOOKY_DB_ENGINE_FAILED. */
export async function openStorage(storage: Storage, allow?: EngineAllowances): Promise<OpenStorage> {
  if (storage.type === 'rocksdb') return openFolder(await prepareFolder(storage.path), allow);
  const native = await openNativeEngine('mem://', allow);
  return { engine: new Engine(native), close: () => native.free() };
}

async function openFolder(folder: string, allow: EngineAllowances | undefined): Promise<OpenStorage> {
  let holding = held.get(folder);
  if (holding?.inUse === true) throw folderInUse(folder, process.pid);
  if (holding === undefined) {
    holding = { inUse: true, engine: openRocksDb(folder, allow) };
    held.set(folder, holding);
  }
  holding.inUse = true;
  const kept = holding;
  try {
    const engine = await kept.engine;
    const warning = await keepPrivate(folder);
    return {
      engine,
      ...(warning !== undefined && { warning }),
      close: async () => {
        kept.inUse = false;
      },
    };
  } catch (error) {
    held.delete(folder);
    throw error;
  }
}

async function openRocksDb(folder: string, allow: EngineAllowances | undefined): Promise<Engine> {
  let lock: FolderLock | undefined;
  try {
    lock = await lockFolder(folder);
    await checkFolder(folder);
    return new Engine(await openNativeEngine(`rocksdb://${folder}`, allow));
  } catch (error) {
    lock?.release();
    throw folderProblem(folder, error);
  }
}
