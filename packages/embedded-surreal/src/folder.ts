/** What stands in a data folder. The engine opens anything and mixes what it finds with its own, so it is asked first. */
import { mkdir, readdir, realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { EmbeddedSurrealError } from './errors.ts';
import { LOCK_FILE } from './folder-lock.ts';

/** The names that RocksDB gives its files. */
const ROCKSDB_FILE =
  /^(CURRENT|IDENTITY|LOCK|LOG(\.old\.\d+)?|(MANIFEST|OPTIONS)-\d+(\.dbtmp)?|\d+\.(log|sst|blob|dbtmp)|archive|lost)$/;

/** What the `surrealkv` engine makes in its folder. */
const SURREALKV_FOLDERS = ['manifest', 'sstables', 'vlog', 'wal'];

/**
 * Makes the folder if need be, and returns its real path.
 *
 * Throws SPOOKY_DB_FOLDER_UNUSABLE when it cannot be made or read, and SPOOKY_DB_FOLDER_FOREIGN when something else
 * than a RocksDB database is in it.
 */
export async function prepareFolder(path: string): Promise<string> {
  const folder = resolve(path);
  if (folder.includes('?')) throw unusable(folder, new Error('the engine reads what follows a ? as options'));
  const { real, names } = await read(folder);
  const surrealkv = SURREALKV_FOLDERS.filter((name) => names.includes(name));
  if (surrealkv.length > 1) throw foreign(folder, 'a surrealkv database');
  const unknown = names.find((name) => !ROCKSDB_FILE.test(name) && !name.startsWith(LOCK_FILE));
  if (unknown !== undefined && !names.includes('CURRENT')) throw foreign(folder, `"${unknown}", but no database`);
  return real;
}

async function read(folder: string): Promise<{ real: string; names: string[] }> {
  try {
    await mkdir(folder, { recursive: true });
    return { real: await realpath(folder), names: await readdir(folder) };
  } catch (cause) {
    throw unusable(folder, cause);
  }
}

const unusable = (folder: string, cause: unknown): EmbeddedSurrealError =>
  new EmbeddedSurrealError(
    'SPOOKY_DB_FOLDER_UNUSABLE',
    `The data folder ${folder} cannot be used (${cause instanceof Error ? cause.message : cause}). Name a folder that can be written.`,
    { cause },
  );

const foreign = (folder: string, found: string): EmbeddedSurrealError =>
  new EmbeddedSurrealError(
    'SPOOKY_DB_FOLDER_FOREIGN',
    `The data folder ${folder} holds ${found}. Nothing was changed; name an empty folder or one made by this server.`,
  );
