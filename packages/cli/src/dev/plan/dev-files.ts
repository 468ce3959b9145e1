import { access } from 'node:fs/promises';
import path from 'node:path';
import type { DevCommand, SpookyConfig } from '@spookify/config';
import { readEnvFile } from '../../env-file.ts';

/** What other files say about how to run the dev commands. */
export interface DevFiles {
  /** The variables of each env-file, by path. */
  readonly envFiles: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** The folders whose scripts run with pnpm instead of npm. */
  readonly pnpmFolders: ReadonlySet<string>;
}

/** The dev commands of a config, each with its path in sp00ky.yml, such as `backends.api.dev`. */
export function devCommands(config: SpookyConfig): (readonly [place: string, dev: DevCommand])[] {
  const all = [
    ...Object.values(config.backends).map(({ name, dev }) => [`backends.${name}.dev`, dev] as const),
    ['frontend.dev', config.frontend?.dev] as const,
  ];
  return all.flatMap(([place, dev]) => (dev === undefined ? [] : [[place, dev] as const]));
}

/** @throws ConfigError if an env-file has an invalid line */
export async function readDevFiles(config: SpookyConfig): Promise<DevFiles> {
  const commands = devCommands(config).map(([, dev]) => dev);
  const files = commands.flatMap((dev) => (dev.type !== 'shell' && dev.envFile ? [dev.envFile] : []));
  const [envFiles, pnpm] = await Promise.all([
    Promise.all(files.map(async (file) => [file, await readEnvFile(file)] as const)),
    pnpmFolders(config),
  ]);
  return { envFiles: new Map(envFiles), pnpmFolders: pnpm };
}

/** The folders of npm commands that have a pnpm lockfile, in the folder or in one above it up to the project's folder. */
export async function pnpmFolders(config: SpookyConfig): Promise<ReadonlySet<string>> {
  const folders = devCommands(config).flatMap(([, dev]) => (dev.type === 'npm' ? [dev.workdir] : []));
  const locked = await Promise.all(folders.map((folder) => hasPnpmLock(folder, config.root)));
  return new Set(folders.filter((_, index) => locked[index]));
}

async function hasPnpmLock(folder: string, root: string): Promise<boolean> {
  const found = await access(path.join(folder, 'pnpm-lock.yaml')).then(
    () => true,
    () => false,
  );
  const parent = path.dirname(folder);
  return found || (folder !== root && parent !== folder && (await hasPnpmLock(parent, root)));
}
