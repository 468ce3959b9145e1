/**
 * Decides about one file from three versions of it: the old release's, the new release's and the owner's. The versions of
 * the releases have the names of the clone.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Area } from './areas.ts';
import type { File } from './source.ts';
import { UpdateError } from './update-error.ts';

export type Step =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'added' | 'updated' | 'merged' | 'conflict';
      readonly content: Buffer;
      readonly isExecutable: boolean;
    }
  | { readonly kind: 'deleted' }
  /** The owner's stays as it is, and the release has another one. */
  | { readonly kind: 'kept'; readonly why: string };

export interface Versions {
  readonly own: Buffer | undefined;
  readonly old: File | undefined;
  readonly next: File | undefined;
}

const NONE: Step = { kind: 'none' };

export function stepOf(area: Exclude<Area, 'owner'>, { own, old, next }: Versions): Step {
  const isChanged = !isSame(own, old?.content);
  if (isSame(old?.content, next?.content) || isSame(own, next?.content)) return NONE;
  if (next === undefined) {
    if (own === undefined) return NONE;
    return isChanged ? { kind: 'kept', why: 'the release deleted it, and you changed it' } : { kind: 'deleted' };
  }
  if (!isChanged) return { ...next, kind: own === undefined ? 'added' : 'updated' };
  if (own === undefined) return { kind: 'kept', why: 'you deleted it, and the release changed it' };
  if (area === 'page') return { kind: 'kept', why: 'you and the release changed it' };
  return merged(own, old?.content ?? Buffer.of(), next);
}

/** Decides without the old release: the engine's files become those of the release, and all others stay. */
export function replacementOf(area: Exclude<Area, 'owner'>, { own, next }: Omit<Versions, 'old'>): Step {
  if (isSame(own, next?.content)) return NONE;
  if (area === 'page' || (area === 'shared' && own !== undefined)) {
    return area === 'shared' ? { kind: 'kept', why: 'the release has a different version' } : NONE;
  }
  if (next === undefined) return { kind: 'deleted' };
  return { ...next, kind: own === undefined ? 'added' : 'updated' };
}

function merged(own: Buffer, old: Buffer, next: File): Step {
  if ([own, old, next.content].some((content) => content.includes(0))) {
    return { kind: 'kept', why: 'you and the release changed it, and it is not a text file' };
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'spooky-merge-'));
  try {
    for (const [name, content] of Object.entries({ own, old, next: next.content })) {
      writeFileSync(path.join(folder, name), content);
    }
    const labels = ['yours', 'old release', 'new release'].flatMap((label) => ['-L', label]);
    const { status, stdout, stderr } = spawnSync(
      'git',
      ['merge-file', '-p', '--diff3', ...labels, 'own', 'old', 'next'],
      {
        cwd: folder,
      },
    );
    // The exit code is the number of conflicts, up to 127.
    if (status === null || status > 127) throw new UpdateError(`git merge-file failed: ${stderr.toString().trim()}`);
    return { kind: status === 0 ? 'merged' : 'conflict', content: stdout, isExecutable: next.isExecutable };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function isSame(one: Buffer | undefined, other: Buffer | undefined): boolean {
  return one === undefined || other === undefined ? one === other : one.equals(other);
}
