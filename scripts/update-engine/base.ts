/** Finds the release that the engine of a clone comes from. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { areaOf, RECORD } from './areas.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { Source } from './source.ts';

/** The share of the clone's files that a commit must have. With fewer, the clone probably has another history. */
const LEAST_SHARE = 0.75;

/** Returns the commit that the last update of the clone recorded, if the source has it. */
export async function recordedBase(root: string, source: Source): Promise<string | undefined> {
  const text = await readFile(path.join(root, RECORD), 'utf8').catch(() => '{}');
  const { commit } = JSON.parse(text) as { commit?: unknown };
  return typeof commit === 'string' && source.has(commit) ? commit : undefined;
}

/**
 * Returns the commit of the source that has the most files in common with the clone. Names and format do not count, so the
 * clone may have been renamed, and its history need not contain the source's.
 *
 * The right commit has every file that the owner has not changed, so no other commit has more. If several have the same
 * number, they differ only in files that the owner has changed, and the oldest is taken. A base that is too old leads to
 * the same merge or to a conflict. A base that is too new would make the owner's file look as if it reverted the release's
 * changes.
 *
 * @param own the contents of the clone's files
 * @returns undefined if no commit has enough of them
 */
export function findBase(
  own: ReadonlyMap<string, Buffer>,
  source: Source,
  tips: readonly string[],
  names: readonly string[],
): string | undefined {
  const histories = tips.map((tip) => source.history(tip));
  const isCompared = (file: string): boolean => own.has(file) && areaOf(file) !== 'owner';
  const changes = histories.flat().flatMap((commit) => [...commit.changes].filter(([file]) => isCompared(file)));
  const contents = source.contents(changes.flatMap(([, id]) => (id === undefined ? [] : [id])));
  const theirs = new Map([...contents].map(([id, content]) => [id, fingerprintOf(content, names)]));
  const compared = [...new Set(changes.map(([file]) => file))];
  const ours = new Map(compared.map((file) => [file, fingerprintOf(own.get(file) ?? Buffer.of(), names)]));

  let best: { commit: string; same: number } | undefined;
  for (const history of histories) {
    const same = new Set<string>();
    for (const { id: commit, changes: changed } of history) {
      for (const [file, id] of changed) {
        if (id !== undefined && ours.has(file) && theirs.get(id) === ours.get(file)) same.add(file);
        else same.delete(file);
      }
      if (best === undefined || same.size > best.same) best = { commit, same: same.size };
    }
  }
  return best !== undefined && best.same >= LEAST_SHARE * compared.length ? best.commit : undefined;
}
