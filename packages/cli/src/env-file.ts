import { type FileHandle, open, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { parseEnvFile } from '@spookify/config';
import { CliError } from './errors.ts';

const HEADING = '# Local secrets, made by `spooky dev`. Never commit this file.\n';
const LOCK_TRIES = 200;
const LOCK_WAIT_MS = 25;

/**
 * Puts a value for each of `names` into the env-file, unless one stands there already, and says which were new. The
 * file appears and changes as a whole, is for its owner alone (mode 600), and keeps every line it had. Two processes
 * doing this at once agree on one value: a lock file beside it lets one in at a time.
 *
 * @param make a value for a name
 * @throws CliError `SPOOKY_CLI_ENV_FILE_BUSY` when the lock is not released within five seconds
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

/** The variables of an env-file; none when there is no such file. */
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
      // Its holder died in the few milliseconds of holding it: nobody else will take it away.
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
