import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { SpookyConfig } from '@spookify/config';
import { acceptsConnections } from '@spookify/supervisor';
import { isAlive } from '../env-file.ts';
import { addressOf } from './placement.ts';

/** A running `spooky dev`, as it announces itself to other commands of the same clone. Holds no secret. */
export interface Instance {
  readonly pid: number;
  /** As in the `ready` event. */
  readonly urls: Readonly<Record<string, string>>;
}

/** Beside the data, which is what two instances must not share. */
function instanceFile({ root, surrealdb }: SpookyConfig): string {
  const onDisk = surrealdb.hosting === 'embedded' && surrealdb.path !== 'memory';
  return onDisk ? `${surrealdb.path}.dev.json` : path.join(root, '.data', 'dev.json');
}

/** The instance that runs on this data now. */
export async function runningInstance(config: SpookyConfig): Promise<Instance | undefined> {
  const instance = await readInstance(instanceFile(config));
  const database = instance?.urls.database;
  if (instance === undefined || database === undefined || !isAlive(instance.pid)) return undefined;
  // After a crash the file stays, and its process id may by now be somebody else's.
  const { host, port } = addressOf(database);
  return (await acceptsConnections({ host, port })) ? instance : undefined;
}

/** Returns what takes the announcement back. */
export async function announceInstance(config: SpookyConfig, instance: Instance): Promise<() => Promise<void>> {
  const file = instanceFile(config);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(instance)}\n`);
  return async () => {
    if ((await readInstance(file))?.pid === instance.pid) await rm(file, { force: true });
  };
}

async function readInstance(file: string): Promise<Instance | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'));
    const { pid, urls } = Object(value);
    return Number.isInteger(pid) && typeof urls === 'object' && urls !== null ? { pid, urls } : undefined;
  } catch {
    return undefined;
  }
}
