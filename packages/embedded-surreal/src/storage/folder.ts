/**
 * Checks the contents of a data folder. The engine opens any folder and mixes its own files with the files there, so
 * this runs first.
 */
import { mkdir, readdir, realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { LOCK_FILE } from './folder-lock.ts';
import { folderDamaged, folderForeign, folderProblem, folderUnusable } from './folder-problem.ts';
import { findDamage } from './write-ahead-log.ts';

/** The names of RocksDB's files. */
const ROCKSDB_FILE =
  /^(CURRENT|IDENTITY|LOCK|LOG(\.old\.\d+)?|(MANIFEST|OPTIONS)-\d+(\.dbtmp)?|\d+\.(log|sst|blob|dbtmp)|archive|lost)$/;

/** Those of them that contain data. */
const DATA_FILE = /^\d+\.(log|sst|blob)$/;
const WRITE_AHEAD_LOG = /^\d+\.log$/;

/** Folders that the `surrealkv` engine creates. */
const SURREALKV_FOLDERS = ['manifest', 'sstables', 'vlog', 'wal'];

/**
 * Creates the folder if necessary, readable only by its owner, and returns its real path.
 *
 * Throws SPOOKY_DB_FOLDER_UNUSABLE if it cannot be created or read, and SPOOKY_DB_FOLDER_FOREIGN if it contains
 * something other than a RocksDB database.
 */
export async function prepareFolder(path: string): Promise<string> {
  const folder = resolve(path);
  if (folder.includes('?')) throw folderUnusable(folder, 'the engine reads the part after a ? as options');
  const { real, names } = await read(folder);
  const surrealkv = SURREALKV_FOLDERS.filter((name) => names.includes(name));
  if (surrealkv.length > 1) throw folderForeign(folder, 'a surrealkv database');
  const unknown = names.find((name) => !ROCKSDB_FILE.test(name) && !name.startsWith(LOCK_FILE));
  if (unknown !== undefined && !names.includes('CURRENT')) throw folderForeign(folder, `"${unknown}", but no database`);
  return real;
}

/**
 * Finds damage that the engine would not report. Call it only while no other process can write. It takes about 1.5 ms
 * for each MiB that RocksDB has not yet moved from its log into its tables.
 *
 * Throws SPOOKY_DB_FOLDER_DAMAGED.
 */
export async function checkFolder(folder: string): Promise<void> {
  const names = await readdir(folder);
  // Without CURRENT the engine creates a new database in the same folder and removes the files it does not know.
  const data = names.find((name) => DATA_FILE.test(name));
  if (data !== undefined && !names.includes('CURRENT')) {
    throw folderDamaged(folder, `${data} exists, but CURRENT, which names the database's manifest, does not`);
  }
  for (const name of names.filter((name) => WRITE_AHEAD_LOG.test(name))) {
    const damagedAt = await findDamage(join(folder, name));
    if (damagedAt === undefined) continue;
    const remedy =
      'Restore a backup of the whole folder, or give up the writes from there on ' +
      `(truncate -s ${damagedAt} ${JSON.stringify(join(folder, name))}).`;
    throw folderDamaged(
      folder,
      `its log ${name} cannot be read at byte ${damagedAt}, but has readable records after it`,
      remedy,
    );
  }
}

/** The names of the files in the folder that belong to its database. */
export async function databaseFiles(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => ROCKSDB_FILE.test(name));
}

async function read(folder: string): Promise<{ real: string; names: string[] }> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return { real: await realpath(folder), names: await readdir(folder) };
  } catch (cause) {
    const problem = folderProblem(folder, cause);
    throw problem.code === 'SPOOKY_DB_DISK_FULL' ? problem : folderUnusable(folder, cause);
  }
}
