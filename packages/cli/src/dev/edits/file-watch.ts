import { createHash } from 'node:crypto';
import { type FSWatcher, watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** What to watch: files, which need not exist, and folders in which files with an ending appear and disappear. */
export interface Watched {
  readonly files: readonly string[];
  readonly folders: readonly { readonly folder: string; readonly ending: string }[];
}

/** A digest of each file's content. Missing and empty files are not in it. */
export type Snapshot = ReadonlyMap<string, string>;

/** How long no event may occur before a burst counts as over. Editors write several times, and a checkout changes many files. */
const SETTLE_MS = 100;

/** The files that differ between two snapshots: edited, new or deleted. Pure. */
export function changedFiles(before: Snapshot, after: Snapshot): string[] {
  const files = new Set([...before.keys(), ...after.keys()]);
  return [...files].filter((file) => before.get(file) !== after.get(file)).sort();
}

/** @param list the files to read */
export async function takeSnapshot(list: readonly string[]): Promise<Snapshot> {
  const entries = await Promise.all(list.map(async (file) => [file, await digest(file)] as const));
  return new Map(entries.filter((entry): entry is readonly [string, string] => entry[1] !== undefined));
}

async function digest(file: string): Promise<string | undefined> {
  try {
    const content = await readFile(file);
    return content.length === 0 ? undefined : createHash('sha256').update(content).digest('base64');
  } catch {
    return undefined;
  }
}

/**
 * Calls `settled` once after each burst of events on the watched files. The caller finds out whether their content has changed.
 *
 * It watches folders instead of files, because the watch on a file ends when an editor saves by renaming a new file over it. While a
 * folder is missing, it watches the nearest existing parent. The caller must therefore call `watch` again after every burst, before
 * it reads the files.
 */
export class FileWatch {
  #watched: Watched = { files: [], folders: [] };
  /** By folder. */
  readonly #watchers = new Map<string, FSWatcher>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  readonly #settled: () => void;
  readonly #failed: (error: unknown) => void;

  constructor(settled: () => void, failed: (error: unknown) => void) {
    this.#settled = settled;
    this.#failed = failed;
  }

  /** Replaces what is watched, and creates all watches again. */
  watch(watched: Watched): void {
    this.#watched = watched;
    this.#arm();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#disarm();
  }

  #arm(): void {
    this.#disarm();
    if (this.#closed) return;
    const { files, folders } = this.#watched;
    const wanted = new Set([...files.map((file) => path.dirname(file)), ...folders.map(({ folder }) => folder)]);
    try {
      for (const folder of wanted) this.#observe(folder);
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Watches a folder, or the nearest parent that exists. */
  #observe(folder: string): void {
    if (this.#watchers.has(folder)) return;
    try {
      const watcher = watch(folder, (_event, name) => this.#happened(folder, name));
      watcher.on('error', () => this.#wake());
      this.#watchers.set(folder, watcher);
    } catch (error) {
      if (!isMissing(error) || folder === path.dirname(folder)) throw error;
      this.#observe(path.dirname(folder));
    }
  }

  #disarm(): void {
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  #happened(folder: string, name: string | null): void {
    // A folder that is deleted reports an event with its own name.
    if (name === null || name === path.basename(folder) || this.#matters(path.join(folder, name))) this.#wake();
  }

  /** Whether the path is a watched file or folder, a parent of one, or a file with the ending in a watched folder. */
  #matters(place: string): boolean {
    const { files, folders } = this.#watched;
    const places = [...files, ...folders.map(({ folder }) => folder)];
    return (
      places.some((one) => one === place || one.startsWith(`${place}${path.sep}`)) ||
      folders.some(({ folder, ending }) => path.dirname(place) === folder && place.endsWith(ending))
    );
  }

  #wake(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#settled, SETTLE_MS);
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
