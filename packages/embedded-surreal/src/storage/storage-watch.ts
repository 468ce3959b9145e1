/**
 * Watches the disk under a data folder, because the engine reports problems only to the client whose request failed.
 *
 * A full disk: measured, after one failed write the engine refuses all writes until its process ends, even when space
 * is free again. A damaged data file: a scan stops without an error at the data that it cannot read. Only RocksDB's
 * file LOG reports it; at the engine's log level that file is otherwise empty. A deleted folder: the engine continues
 * to write to files that no longer have a name, and all of it is lost when the process ends.
 */
import { access, open, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../logger.ts';

const CHECK_INTERVAL_MS = 2000;
/** With fewer free bytes than this, the next write may fail. */
const FULL_BELOW_BYTES = 1024 * 1024;

const DISK_FULL =
  'the disk is full; reads continue, but after one failed write all writes fail; free space and restart the server';
const DAMAGED =
  'a data file is damaged, and queries may miss rows without an error; stop the server and restore a backup';
const DELETED =
  'the data folder was deleted; everything in it is lost when the server stops, so export what you need, then restart';
const IO_ERROR = 'the storage reports an error; check the disk, and restart the server if writes fail';

/** Logs each kind of problem once. Returns a function that stops the watch. */
export function watchStorage(folder: string, logger: Logger, everyMs = CHECK_INTERVAL_MS): () => void {
  const reported = new Set<string>();
  const report = (message: string, details: object): void => {
    if (reported.has(message)) return;
    reported.add(message);
    logger.error({ folder, ...details }, message);
  };
  let position = 0;
  const check = async (): Promise<void> => {
    if (await isDeleted(folder)) return report(DELETED, {});
    const { bavail, bsize } = await statfs(folder);
    if (bavail * bsize < FULL_BELOW_BYTES) report(DISK_FULL, { freeBytes: bavail * bsize });
    const text = await readFrom(join(folder, 'LOG'), position);
    position += text.length;
    for (const line of text.toString().split('\n')) {
      const message = problemIn(line);
      if (message !== undefined) report(message, { line });
    }
  };
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    // A check that fails now may work in two seconds.
    void check()
      .catch(() => {})
      .finally(() => {
        busy = false;
      });
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** RocksDB replaces this file atomically, so it is never missing while the folder exists. */
async function isDeleted(folder: string): Promise<boolean> {
  return access(join(folder, 'CURRENT')).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
  );
}

function problemIn(line: string): string | undefined {
  if (/no space left|quota exceeded/i.test(line)) return DISK_FULL;
  if (/corruption/i.test(line)) return DAMAGED;
  return /\bIO error\b|\[(ERROR|FATAL)\]/.test(line) ? IO_ERROR : undefined;
}

async function readFrom(file: string, position: number): Promise<Buffer> {
  const log = await open(file);
  try {
    const { bytesRead, buffer } = await log.read(Buffer.alloc(64 * 1024), 0, 64 * 1024, position);
    return buffer.subarray(0, bytesRead);
  } finally {
    await log.close();
  }
}
