/**
 * Allows one process at a time to hold a lock file, which names that process to others.
 *
 * A file left by a process that has ended, even by a kill, is taken over. Only one process at a time may take it over,
 * and it compares the file's content once more before it does.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync, unlinkSync } from 'node:fs';
import { link, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

export interface FileLock {
  /** Releases the lock. Also happens when the process exits normally. */
  release(): void;
}

interface Owner {
  readonly pid: number;
  /** The start time of the process, from the system. It distinguishes a later process with the same pid. */
  readonly started: string;
}

/** The lock, or the process that holds it. The pid is unknown while the lock changes hands. */
export type LockAttempt =
  | { readonly kind: 'locked'; readonly lock: FileLock }
  | { readonly kind: 'held'; readonly pid: number | undefined };

/** Tries once to take the lock. Does not wait for a process that holds it, except while the lock changes hands. */
export async function tryLock(file: string): Promise<LockAttempt> {
  const own = JSON.stringify({ pid: process.pid, started: startOf(process.pid) } satisfies Owner);
  for (let attempt = 0; attempt < 20; attempt += 1) {
    if (await create(file, own)) return { kind: 'locked', lock: createLock(file, own) };
    const found = await readFile(file, 'utf-8').catch(() => undefined);
    if (found === undefined) continue;
    const owner = parseOwner(found);
    if (owner !== undefined && isRunning(owner)) return { kind: 'held', pid: owner.pid };
    if (await takeOver(file, found, own)) return { kind: 'locked', lock: createLock(file, own) };
  }
  return { kind: 'held', pid: undefined };
}

/** A link appears together with its content. A file that is created and then written does not. */
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

/**
 * Replaces a stale lock file. Only the process that holds the `.turn` file may do it, so a fresh lock is never
 * replaced.
 */
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

/** Linux reports when a process started. On other systems only the pid is compared. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf-8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

function createLock(file: string, own: string): FileLock {
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
