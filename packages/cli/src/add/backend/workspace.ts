/** What the npm workspace around sp00ky.yml says about a package that is to be added. */
import { glob } from 'node:fs/promises';
import path from 'node:path';
import { readTextIfThere } from '@spookify/config';

export interface Workspace {
  /** What a package of the workspace is called: `@spookify/mail`. */
  nameOf(folder: string): string;
  /** The folder of each package, by its name. */
  readonly packages: ReadonlyMap<string, string>;
}

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly workspaces?: readonly string[];
}

/** Of a folder without a package.json: packages have no scope, and there are none yet. */
export async function readWorkspace(root: string): Promise<Workspace> {
  const { name, workspaces = [] } = (await readManifest(root)) ?? {};
  const packages = new Map<string, string>();
  for await (const file of glob(
    workspaces.map((pattern) => `${pattern}/package.json`),
    { cwd: root },
  )) {
    const folder = path.dirname(file);
    const { name: found } = (await readManifest(path.join(root, folder))) ?? {};
    if (found !== undefined) packages.set(found, folder);
  }
  const scope = name?.replace(/^@|\/.*$/g, '');
  return { packages, nameOf: (folder) => (scope === undefined ? folder : `@${scope}/${folder}`) };
}

/** The version of a dependency that the project has installed; undefined for none. */
export async function installedVersion(root: string, dependency: string): Promise<string | undefined> {
  return (await readManifest(path.join(root, 'node_modules', dependency)))?.version;
}

async function readManifest(folder: string): Promise<Manifest | undefined> {
  const text = (await readTextIfThere(path.join(folder, 'package.json'))) ?? '{}';
  const manifest: unknown = JSON.parse(text);
  return typeof manifest === 'object' && manifest !== null ? manifest : undefined;
}
