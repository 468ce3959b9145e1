import { type FileHandle, open, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { parseEnvFile } from '@spookify/config';
import { CliError } from './errors.ts';

const HEADING = '# Local secrets, made by `spooky dev`. Never commit this file.\n';
const LOCK_TRIES = 200;
const LOCK_WAIT_MS = 25;

/**
 * Adds a value for each of `names` that has none in the env-file yet. Existing lines stay as they are.
 *
 * The file is replaced in one step, and only its owner can read it (mode 600). A lock file next to it admits one process at
 * a time, so that two concurrent calls end up with the same values.
 *
 * @param make returns the value for a name
 * @returns all values of the file, and the names that were added
 * @throws CliError `SPOOKY_CLI_ENV_FILE_BUSY` if the lock is not released within five seconds
 */
export async function extendEnvFile(
  file: string,
  names: readonly string[],
  make: (name: string) => string,
): Promise<{ values: Record<string, string>; added: string[] }> {
  const target = await realpath(file).catch(() => file);
  return withLock(`${target}.lock`, async () => {
    const text = await readFile(target, 'utf8').catch(emptyWhenMissing);
    const values = parseEnvFile(text, file);
    const added = names.filter((name) => !values[name]);
    if (added.length === 0) return { values, added };

    const made = added.map((name) => [name, make(name)] as const);
    const lines = made.map(([name, value]) => `${name}=${value}\n`).join('');
    const before = text === '' || text.endsWith('\n') ? text : `${text}\n`;
    const temporary = `${target}.${process.pid}.tmp`;
    try {
      await writeFile(temporary, `${before}${text === '' ? HEADING : ''}${lines}`, { mode: 0o600, flush: true });
      await rename(temporary, target);
    } finally {
      await rm(temporary, { force: true });
    }
    return { values: { ...values, ...Object.fromEntries(made) }, added };
  });
}

/** Reads the variables of an env-file. A missing file has none. */
export async function readEnvFile(file: string): Promise<Record<string, string>> {
  return parseEnvFile(await readFile(file, 'utf8').catch(emptyWhenMissing), file);
}

function emptyWhenMissing(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return '';
  throw error;
}

async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  const lock = await takeLock(file);
  try {
    return await work();
  } finally {
    await lock.close();
    await rm(file, { force: true });
  }
}

async function takeLock(file: string): Promise<FileHandle> {
  for (let tries = 0; tries < LOCK_TRIES; tries += 1) {
    try {
      const lock = await open(file, 'wx', 0o600);
      await lock.writeFile(String(process.pid));
      return lock;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      // The process that created the lock died before it could remove it.
      const holder = Number(await readFile(file, 'utf8').catch(() => ''));
      if (holder > 0 && !isAlive(holder)) await rm(file, { force: true });
      else await delay(LOCK_WAIT_MS);
    }
  }
  throw new CliError('SPOOKY_CLI_ENV_FILE_BUSY', `${file} is held by another process; end it, or remove that file.`);
}

/** Whether a process with this id exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
