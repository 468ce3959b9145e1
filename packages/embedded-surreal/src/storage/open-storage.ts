/**
 * Opens the engine on a storage.
 *
 * The engine does not release a RocksDB folder while its process lives: opening it again in the same process still
 * failed seconds after it was freed. So a closed folder is kept, engine and lock, for the next start in this process.
 * Other processes can open it after this one has ended.
 */
import { Engine } from '../engine/engine.ts';
import { type EngineOptions, openNativeEngine } from '../engine/native-engine.ts';
import { endOrphanedLiveQueries } from '../orphaned-live-queries/end-orphans.ts';
import { hasMarker, removeMarker } from '../orphaned-live-queries/marker.ts';
import { checkFolder, prepareFolder } from './folder.ts';
import { lockFolder } from './folder-lock.ts';
import { keepPrivate } from './folder-privacy.ts';
import { folderInUse, folderProblem } from './folder-problem.ts';
import type { FileLock } from './lock-file.ts';
import type { Storage } from './storage.ts';

export interface OpenStorage {
  readonly engine: Engine;
  /** A problem that should be corrected but does not stop the server from working. */
  readonly warning?: string;
  /** The number of live queries of a killed server that were ended before the folder was opened. */
  readonly endedLiveQueries: number;
  /** Frees a storage in memory. A folder stays open until the process ends. */
  close(): Promise<void>;
}

/** The folders that this process has open: in use, or kept for the next start. */
const openFolders = new Map<string, { inUse: boolean; readonly opened: Promise<OpenFolder> }>();

/** Throws SPOOKY_DB_FOLDER_IN_USE, _FOREIGN, _UNUSABLE or _DAMAGED, SPOOKY_DB_DISK_FULL or SPOOKY_DB_ENGINE_FAILED. */
export async function openStorage(storage: Storage, options?: EngineOptions): Promise<OpenStorage> {
  if (storage.type === 'rocksdb') return openFolder(await prepareFolder(storage.path), options);
  const native = await openNativeEngine('mem://', options);
  return { engine: new Engine(native), endedLiveQueries: 0, close: () => native.free() };
}

async function openFolder(folder: string, options: EngineOptions | undefined): Promise<OpenStorage> {
  let holding = openFolders.get(folder);
  if (holding?.inUse === true) throw folderInUse(folder, process.pid);
  if (holding === undefined) {
    holding = { inUse: true, opened: openRocksDb(folder, options) };
    openFolders.set(folder, holding);
  }
  holding.inUse = true;
  const kept = holding;
  try {
    const { engine, endedLiveQueries } = await kept.opened;
    const warning = await keepPrivate(folder);
    return {
      ...{ engine, endedLiveQueries },
      ...(warning !== undefined && { warning }),
      close: async () => {
        kept.inUse = false;
      },
    };
  } catch (error) {
    openFolders.delete(folder);
    throw error;
  }
}

interface OpenFolder {
  readonly engine: Engine;
  readonly endedLiveQueries: number;
}

async function openRocksDb(folder: string, options: EngineOptions | undefined): Promise<OpenFolder> {
  let lock: FileLock | undefined;
  try {
    lock = await lockFolder(folder);
    await checkFolder(folder);
    const endedLiveQueries = (await hasMarker(folder)) ? await endOrphanedLiveQueries(folder) : 0;
    await removeMarker(folder);
    return { engine: new Engine(await openNativeEngine(`rocksdb://${folder}`, options)), endedLiveQueries };
  } catch (error) {
    lock?.release();
    throw folderProblem(folder, error);
  }
}
