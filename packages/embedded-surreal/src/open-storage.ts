/**
 * From a storage to an engine, and back.
 *
 * The engine never gives a RocksDB folder back while its process lives: measured, opening it again in the same process
 * still failed seconds after it was freed. So a folder that is closed here is kept, engine and lock, for whoever opens
 * it next in this process, and is free for others when the process ends.
 */
import { Engine } from './engine.ts';
import { EmbeddedSurrealError } from './errors.ts';
import { prepareFolder } from './folder.ts';
import { folderInUse, lockFolder } from './folder-lock.ts';
import { type NativeEngine, openNativeEngine } from './native-engine.ts';
import type { Storage } from './storage.ts';

export interface OpenStorage {
  readonly engine: Engine;
  close(): Promise<void>;
}

/** The folders that this process holds: in use, or kept for the next one. */
const held = new Map<string, { inUse: boolean; readonly engine: Promise<Engine> }>();

/** Throws SPOOKY_DB_FOLDER_IN_USE, SPOOKY_DB_FOLDER_FOREIGN, SPOOKY_DB_FOLDER_UNUSABLE or SPOOKY_DB_ENGINE_FAILED. */
export async function openStorage(storage: Storage): Promise<OpenStorage> {
  if (storage.type === 'rocksdb') return openFolder(await prepareFolder(storage.path));
  const native = await openNativeEngine('mem://');
  return { engine: new Engine(native), close: () => native.free() };
}

async function openFolder(folder: string): Promise<OpenStorage> {
  let holding = held.get(folder);
  if (holding?.inUse === true) throw folderInUse(folder, process.pid);
  if (holding === undefined) {
    holding = { inUse: true, engine: openRocksDb(folder) };
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

async function openRocksDb(folder: string): Promise<Engine> {
  const lock = await lockFolder(folder);
  try {
    return new Engine(await openNative(folder));
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function openNative(folder: string): Promise<NativeEngine> {
  try {
    return await openNativeEngine(`rocksdb://${folder}`);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    // Only something that is not this server can hold RocksDB's lock without the lock file.
    if (/\bLOCK\b/.test(reason)) throw folderInUse(folder, undefined);
    const remedy = 'Check that the disk is neither full nor read-only; if a file is damaged, restore a backup.';
    const message = `The engine cannot open ${folder}: ${reason} ${remedy}`;
    throw new EmbeddedSurrealError('SPOOKY_DB_ENGINE_FAILED', message, { cause });
  }
}
