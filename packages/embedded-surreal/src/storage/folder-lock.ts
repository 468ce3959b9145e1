/**
 * One process on a folder at a time, and a clear answer about who it is.
 *
 * RocksDB's own lock is what keeps the data safe, and dies with its process; but it cannot say who holds it, so a file
 * beside the data names the process. A file left by a process that is gone, also one killed, is taken over by one at a
 * time, who compares it once more.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync, unlinkSync } from 'node:fs';
import { link, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { folderInUse } from './folder-problem.ts';

export const LOCK_FILE = 'spooky.lock';

export interface FolderLock {
  /** Lets the next one in; also happens when the process ends by itself. */
  release(): void;
}

interface Owner {
  readonly pid: number;
  /** When the process started, as the system tells it; a later process of the same pid has another. */
  readonly started: string;
}

/** Takes the folder. Throws SPOOKY_DB_FOLDER_IN_USE, naming the process that has it. */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const file = join(folder, LOCK_FILE);
  const own = JSON.stringify({ pid: process.pid, started: startOf(process.pid) } satisfies Owner);
  for (let attempt = 0; attempt < 20; attempt += 1) {
    if (await create(file, own)) return heldLock(file, own);
    const found = await readFile(file, 'utf-8').catch(() => undefined);
    if (found === undefined) continue;
    const owner = parseOwner(found);
    if (owner !== undefined && isRunning(owner)) throw folderInUse(folder, owner.pid);
    if (await takeOver(file, found, own)) return heldLock(file, own);
  }
  throw folderInUse(folder, undefined);
}

/** A link appears with its content, all at once; a file that is created and then written does not. */
async function create(file: string, content: string): Promise<boolean> {
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, content, { flag: 'wx' });
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await unlink(draft);
  }
}

/** Puts the own file in the place of a stale one. Only whose turn it is may, so nobody's fresh file is replaced. */
async function takeOver(file: string, stale: string, own: string): Promise<boolean> {
  const turn = `${file}.turn`;
  if (!(await create(turn, own))) {
    const other = await readFile(turn, 'utf-8').catch(() => undefined);
    const owner = other === undefined ? undefined : parseOwner(other);
    if (owner === undefined || isRunning(owner)) await pause(20);
    else await unlink(turn).catch(() => {});
    return false;
  }
  try {
    if ((await readFile(file, 'utf-8').catch(() => undefined)) !== stale) return false;
    const draft = `${file}.${randomUUID()}`;
    await writeFile(draft, own, { flag: 'wx' });
    await rename(draft, file);
    return true;
  } finally {
    await unlink(turn).catch(() => {});
  }
}

function parseOwner(content: string): Owner | undefined {
  try {
    const { pid, started } = JSON.parse(content) as Partial<Owner>;
    return typeof pid === 'number' && typeof started === 'string' ? { pid, started } : undefined;
  } catch {
    return undefined;
  }
}

function isRunning({ pid, started }: Owner): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return startOf(pid) === started;
}

/** Linux tells when a process started; elsewhere the pid alone has to do. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf-8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

function heldLock(file: string, own: string): FolderLock {
  const release = (): void => {
    process.off('exit', release);
    try {
      if (readFileSync(file, 'utf-8') === own) unlinkSync(file);
    } catch {
      // The folder is gone, and the lock with it.
    }
  };
  process.once('exit', release);
  return { release };
}
