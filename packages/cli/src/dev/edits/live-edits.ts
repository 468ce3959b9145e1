import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { asFailure } from '../../output/failure.ts';
import { displayPath } from '../display-path.ts';
import type { DevOptions } from '../options.ts';
import type { Stack } from '../run/stack.ts';
import { changedFiles, FileWatch, type Snapshot, takeSnapshot, type Watched } from './file-watch.ts';
import { mergeWatched, presentFiles, watchedFiles } from './watched-files.ts';

/** An empty or missing file may be in the middle of a save. This is the time before it is read again. */
const SAVING_MS = 300;

/** The files at the time when the config was read. Edits during the start are compared with them. */
export interface Baseline {
  readonly watched: Watched;
  readonly snapshot: Snapshot;
}

export async function takeBaseline(options: DevOptions): Promise<Baseline> {
  const watched = await watchedFiles(options);
  return { watched, snapshot: await takeSnapshot(await presentFiles(watched)) };
}

/**
 * Applies edits while `spooky dev` runs, one burst at a time: a valid edit gives a new stack, a mistake a message. Only a change
 * of content counts as an edit.
 *
 * @param replaced called with every new stack, before its processes start
 * @returns a function that stops following edits
 */
export function followEdits(
  first: Stack,
  baseline: Baseline,
  options: DevOptions,
  replaced: (stack: Stack) => Promise<void>,
): () => void {
  const { reporter } = first;
  let stack = first;
  /** The files that the running stack was built from. `seen` has those that were read last, which may contain a mistake. */
  let { snapshot: used, watched: usedFiles } = baseline;
  let seen = used;
  let isRefused = false;
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
      reporter.reloaded({ ...prepared.report, files, corrected: isRefused });
      isRefused = false;
      await applyReload(prepared);
    } catch (error) {
      if (closed) return;
      isRefused = true;
      reporter.refused(files, asFailure(error));
    }
  };

  /** Renews the watches and then reads the files, in this order, so that no later edit is missed. */
  const readFiles = async () => {
    for (let named = await watchedFiles(options); ; ) {
      const both = mergeWatched(named, usedFiles);
      watch.watch(both);
      let now = await takeSnapshot(await presentFiles(both));
      if (changedFiles(seen, now).some((file) => !now.has(file))) {
        await delay(SAVING_MS);
        now = await takeSnapshot(await presentFiles(both));
      }
      // New watches drop the pending events of the old ones, and the config may name other files since.
      const before = named;
      named = await watchedFiles(options);
      if (isDeepStrictEqual(before, named)) return { named, now };
    }
  };

  /** Keeps the secrets that were just written to `.env` from counting as an edit. */
  const takeOwnEdit = async ({ project }: Stack) => {
    const own = await takeSnapshot([path.join(project.config.root, '.env')]);
    used = new Map([...used, ...own]);
    seen = used;
  };

  const watch = new FileWatch(
    () => void look(),
    (error) =>
      reporter.note(
        'warn',
        `cannot watch the configuration for edits (${asFailure(error).message}); restart spooky dev to apply them`,
      ),
  );
  void look();
  return () => {
    closed = true;
    watch.close();
  };
}
