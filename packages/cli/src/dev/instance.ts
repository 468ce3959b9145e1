import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { SpookyConfig } from '@spookify/config';
import { acceptsConnections } from '@spookify/supervisor';
import { isAlive } from '../is-alive.ts';
import { addressOf } from './plan/placement.ts';

/** What a running `spooky dev` announces to other commands of the same clone. Contains no secret. */
export interface Instance {
  readonly pid: number;
  /** The URLs of the `ready` event. */
  readonly urls: Readonly<Record<string, string>>;
}

/** The file is next to the data, because two instances must not share the data. */
function instanceFile({ root, surrealdb }: SpookyConfig): string {
  const onDisk = surrealdb.hosting === 'embedded' && surrealdb.path !== 'memory';
  return onDisk ? `${surrealdb.path}.dev.json` : path.join(root, '.data', 'dev.json');
}

/** Returns the instance that runs on the config's data, if there is one. */
export async function runningInstance(config: SpookyConfig): Promise<Instance | undefined> {
  const instance = await readInstance(instanceFile(config));
  const database = instance?.urls.database;
  if (instance === undefined || database === undefined || !isAlive(instance.pid)) return undefined;
  // A crash leaves the file behind, and the system may have given the process id to another process.
  const { host, port } = addressOf(database);
  return (await acceptsConnections({ host, port })) ? instance : undefined;
}

/** Writes the file that other commands find this instance by. Returns a function that removes it. */
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
