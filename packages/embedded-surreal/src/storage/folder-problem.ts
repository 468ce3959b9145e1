/** Errors about a data folder. Each names the folder and says what to do. */
import { EmbeddedSurrealError } from '../errors.ts';

export function folderUnusable(folder: string, cause: unknown): EmbeddedSurrealError {
  const message = `The data folder ${folder} cannot be used (${reasonOf(cause)}). Choose a folder that this user can write to.`;
  return new EmbeddedSurrealError('SPOOKY_DB_FOLDER_UNUSABLE', message, { cause });
}

export function folderForeign(folder: string, found: string, options?: ErrorOptions): EmbeddedSurrealError {
  const message = `The data folder ${folder} holds ${found}; it was not changed. Choose an empty folder or one that this server created.`;
  return new EmbeddedSurrealError('SPOOKY_DB_FOLDER_FOREIGN', message, options);
}

export function folderInUse(folder: string, pid: number | undefined): EmbeddedSurrealError {
  const who = pid === undefined ? 'Another process' : pid === process.pid ? `This process (${pid})` : `Process ${pid}`;
  const message = `${who} is using the data folder ${folder}. Stop it (spooky dev, if it belongs to one), or choose another folder.`;
  return new EmbeddedSurrealError('SPOOKY_DB_FOLDER_IN_USE', message);
}

export function folderDamaged(
  folder: string,
  damage: string,
  remedy = 'Restore a backup of the whole folder.',
  options?: ErrorOptions,
): EmbeddedSurrealError {
  const message = `The data folder ${folder} is damaged: ${damage}. ${remedy}`;
  return new EmbeddedSurrealError('SPOOKY_DB_FOLDER_DAMAGED', message, options);
}

function diskFull(folder: string, cause: unknown): EmbeddedSurrealError {
  const message = `No space is left for the data folder ${folder}. Free some space and start again; the data is intact.`;
  return new EmbeddedSurrealError('SPOOKY_DB_DISK_FULL', message, { cause });
}

/** Converts an error of the system or the engine into one of this package, by words that both use in their messages. */
export function folderProblem(folder: string, cause: unknown): EmbeddedSurrealError {
  if (cause instanceof EmbeddedSurrealError) return cause;
  const reason = reasonOf(cause);
  if (/no space left|quota exceeded/i.test(reason)) return diskFull(folder, cause);
  // If RocksDB's lock is held without a lock file, the holder is not this server.
  if (/While lock file|lock hold by current process/.test(reason)) return folderInUse(folder, undefined);
  if (/read-only file system|permission denied|operation not permitted|not a directory/i.test(reason)) {
    return folderUnusable(folder, cause);
  }
  // Another program's RocksDB database: it has other column families, or the engine finds no version of it.
  if (/column famil|out-of-date with this version/i.test(reason)) {
    return folderForeign(folder, 'the RocksDB database of another program, or of another version of SurrealDB', {
      cause,
    });
  }
  if (/Corruption|No such file/.test(reason)) return folderDamaged(folder, reason.trim(), undefined, { cause });
  const message = `The engine cannot open the data folder ${folder}: ${reason}. Check the disk; if a file is damaged, restore a backup.`;
  return new EmbeddedSurrealError('SPOOKY_DB_ENGINE_FAILED', message, { cause });
}

/** The engine prefixes its message with a sentence about a transaction that no client started. */
function reasonOf(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return text.replace(/^There was a problem with a transaction: /, '').replace(/\.$/, '');
}
