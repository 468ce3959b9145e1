import { createHash } from 'node:crypto';
import { type FSWatcher, watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** What is watched: files, there or not, and folders in which the files of one ending come and go. */
export interface Watched {
  readonly files: readonly string[];
  readonly folders: readonly { readonly folder: string; readonly ending: string }[];
}

/** The content of each file that is there, as a digest. An empty file is as good as none. */
export type Snapshot = ReadonlyMap<string, string>;

/** Editors write in bursts, and a checkout changes many files. */
const SETTLE_MS = 100;

/** The files in which two snapshots differ: edited, new or gone. Pure. */
export function changedFiles(before: Snapshot, after: Snapshot): string[] {
  const files = new Set([...before.keys(), ...after.keys()]);
  return [...files].filter((file) => before.get(file) !== after.get(file)).sort();
}

/** @param list every file that counts now */
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
 * Calls `settled` when something has happened to the watched files, once for a burst; whether a content has changed is
 * the caller's to find out.
 *
 * Folders are watched, not files: an editor that saves by renaming a new file over the old one takes the old file's
 * watch away with it. While a folder is gone, the nearest one above it is watched; so the caller is to call `watch`
 * again after every burst, before it looks at the files.
 */
export class FileWatch {
  #watched: Watched = { files: [], folders: [] };
  /** By their folder. */
  readonly #watchers = new Map<string, FSWatcher>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  readonly #settled: () => void;
  readonly #failed: (error: unknown) => void;

  constructor(settled: () => void, failed: (error: unknown) => void) {
    this.#settled = settled;
    this.#failed = failed;
  }

  /** Watches these from now on, in the place of those before; all watches are made anew. */
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

  /** The folder, or the nearest one above it that is there. */
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
    // A folder that goes reports its own name, as if it were in itself.
    if (name === null || name === path.basename(folder) || this.#matters(path.join(folder, name))) this.#wake();
  }

  /** Whether it is one of the files, or a folder that leads to one. */
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
