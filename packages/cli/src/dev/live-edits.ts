import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { asFailure } from '../output/failure.ts';
import { displayPath } from './display-path.ts';
import { changedFiles, FileWatch, type Snapshot, takeSnapshot, type Watched } from './file-watch.ts';
import type { DevOptions } from './options.ts';
import type { Stack } from './stack.ts';
import { bothWatched, presentFiles, watchedFiles } from './watched-files.ts';

/** A file that is empty or gone may be in the middle of being saved; so long it gets. */
const SAVING_MS = 300;

/** The files as they were when the config was read. Taken right then, so that an edit during the start is noticed. */
export interface Baseline {
  readonly watched: Watched;
  readonly snapshot: Snapshot;
}

export async function takeBaseline(options: DevOptions): Promise<Baseline> {
  const watched = await watchedFiles(options);
  return { watched, snapshot: await takeSnapshot(await presentFiles(watched)) };
}

/**
 * Makes of every edit a new stack, or, of a mistake, a message; one burst of edits at a time. Only contents count: a file
 * that is saved as it was changes nothing.
 *
 * @param replaced is told of every new stack, before its processes are started
 * @returns what ends it
 */
export function followEdits(
  first: Stack,
  baseline: Baseline,
  options: DevOptions,
  replaced: (stack: Stack) => Promise<void>,
): () => void {
  const { reporter } = first;
  let stack = first;
  /** What the running stack was made of, and what was looked at last: a mistake is only in the latter. */
  let { snapshot: used, watched: usedFiles } = baseline;
  let seen = used;
  let mending = false;
  let busy = false;
  let again = false;
  let closed = false;

  const look = async () => {
    again = true;
    if (busy) return;
    busy = true;
    while (again && !closed) {
      again = false;
      await lookOnce().catch((error: unknown) => reporter.note('error', asFailure(error).message));
    }
    busy = false;
  };

  const lookOnce = async () => {
    const { named, now } = await readFiles();
    const news = changedFiles(seen, now);
    if (news.length === 0) return;
    seen = now;
    const files = news.map(displayPath);
    const { applyReload, prepareReload } = await import('./reload.ts');
    try {
      const prepared = await prepareReload(stack, options, changedFiles(used, now));
      if (closed) return;
      used = now;
      if (prepared.report.made.length > 0) await takeOwnEdit(prepared.stack);
      usedFiles = named;
      stack = prepared.stack;
      await replaced(stack);
      reporter.reloaded({ ...prepared.report, files, mended: mending });
      mending = false;
      await applyReload(prepared);
    } catch (error) {
      if (closed) return;
      mending = true;
      reporter.refused(files, asFailure(error));
    }
  };

  /** What is there now, under watches that are older than the look at it, so that no later edit is missed. */
  const readFiles = async () => {
    for (let named = await watchedFiles(options); ; ) {
      const both = bothWatched(named, usedFiles);
      watch.watch(both);
      let now = await takeSnapshot(await presentFiles(both));
      if (changedFiles(seen, now).some((file) => !now.has(file))) {
        await delay(SAVING_MS);
        now = await takeSnapshot(await presentFiles(both));
      }
      // Making watches anew drops what the old ones had to say: an edit of the config meanwhile may name other files.
      const before = named;
      named = await watchedFiles(options);
      if (isDeepStrictEqual(before, named)) return { named, now };
    }
  };

  /** The secrets that were made just now are no edit of anybody's. */
  const takeOwnEdit = async ({ project }: Stack) => {
    const own = await takeSnapshot([path.join(project.config.root, '.env')]);
    used = new Map([...used, ...own]);
    seen = used;
  };

  const watch = new FileWatch(
    () => void look(),
    (error) =>
      reporter.note('warn', `edits of the configuration are not noticed any more (${asFailure(error).message})`),
  );
  void look();
  return () => {
    closed = true;
    watch.close();
  };
}
