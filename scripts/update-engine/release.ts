/** A release with the clone's names and in the clone's format. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { renamed } from '../rename.ts';
import { areaOf } from './areas.ts';
import { formatted } from './format.ts';
import type { Manifest } from './manifest.ts';
import type { File, Source } from './source.ts';

export interface Release {
  /** The files that an update may copy, by their paths from the root. */
  readonly files: ReadonlyMap<string, File>;
  readonly manifest: Manifest;
  readonly changelog: string;
}

const MANIFEST = 'package.json';
const CHANGELOG = 'CHANGELOG.md';
const FORMAT = 'biome.json';

/**
 * Reads a release.
 *
 * @param root the folder of the clone
 * @param name the name of the clone
 * @param isWanted which files to read; renaming and formatting take time
 */
export async function readRelease(
  source: Source,
  commit: string,
  { root, name, isWanted }: { root: string; name: string; isWanted: (file: string) => boolean },
): Promise<Release> {
  const isRead = (file: string): boolean => areaOf(file) !== 'owner' && isWanted(file);
  const read = source.files(commit, (file) => file === MANIFEST || file === FORMAT || isRead(file));
  const former = nameOf(read.get(MANIFEST)?.content);
  const named = new Map(
    [...read].map(([file, { content, ...rest }]): [string, File] => [
      file,
      {
        ...rest,
        content: content.includes(0) ? content : Buffer.from(renamed(file, content.toString(), former, name)),
      },
    ]),
  );
  const format = await readFile(path.join(root, FORMAT)).catch(() => undefined);
  const isOther = former !== name || (format !== undefined && read.get(FORMAT)?.content.equals(format) === false);
  const files = isOther ? await formatted(named, root) : named;
  const manifest = JSON.parse(files.get(MANIFEST)?.content.toString() ?? '{}') as Manifest;
  const changelog = files.get(CHANGELOG)?.content.toString() ?? '';
  return { files: new Map([...files].filter(([file]) => isRead(file))), manifest, changelog };
}

/** Returns the package name in a manifest. */
export function nameOf(manifest: Buffer | undefined): string {
  const { name } = JSON.parse(manifest?.toString() ?? '{}') as { name?: unknown };
  return typeof name === 'string' ? name : '';
}
