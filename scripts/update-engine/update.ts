/** The whole update of a clone's engine: finds both releases, decides about each file, and writes. */
import { readFileSync } from 'node:fs';
import { chmod, mkdir, rm, rmdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { areaOf, RECORD } from './areas.ts';
import { findBase, recordedBase } from './base.ts';
import { newEntries } from './changelog.ts';
import { gitAgrees, gitLines } from './git.ts';
import { type Manifest, type ManifestChange, mergeManifest } from './manifest.ts';
import { replacementOf, type Step, stepOf } from './merge.ts';
import { stalePins } from './pins.ts';
import { nameOf, type Release, readRelease } from './release.ts';
import { type Source, withSource } from './source.ts';
import { UpdateError } from './update-error.ts';

export interface UpdateOptions {
  /** The folder of the clone. */
  readonly root: string;
  /** A git URL, or a folder with a checkout. */
  readonly from: string;
  /** A tag, branch or commit. Default: the newest release tag, else the default branch. */
  readonly to?: string | undefined;
  /** The release that the engine comes from, if it is not found or found wrongly. */
  readonly base?: string | undefined;
  /** Replaces the engine's files without the old release, including those that the owner has changed. */
  readonly replace: boolean;
  /** Accepts a working tree with changes. */
  readonly force: boolean;
  /** Changes nothing. */
  readonly dryRun: boolean;
}

export interface Update {
  /** Undefined after a replacement. */
  readonly from: string | undefined;
  readonly to: string;
  readonly files: readonly { readonly file: string; readonly step: Exclude<Step, { kind: 'none' }> }[];
  readonly entries: { readonly changed: readonly ManifestChange[]; readonly kept: readonly ManifestChange[] };
  /** The entries of CHANGELOG.md between the two releases, as Markdown. */
  readonly changelog: string;
  /** Versions in the owner's package.json files that should change as well. */
  readonly pins: readonly string[];
}

const MANIFEST = 'package.json';
const WORKSPACE_MANIFEST = /^[^/]+(?:\/[^/]+)?\/package\.json$/;

/** @throws UpdateError if the update cannot happen; nothing has been changed then */
export async function updateEngine(options: UpdateOptions): Promise<Update> {
  const { root, from, to, dryRun } = options;
  refuseOwnChanges(options);
  return withSource(from, async (source) => {
    const own = ownFiles(root);
    const name = nameOf(own.get(MANIFEST));
    const target = source.commitOf(to);
    const base = options.replace ? undefined : await baseOf(options, own, source, target);
    if (base !== undefined && to === undefined) refuseOlder(source, base, target);
    const changed = base === undefined ? undefined : source.changedFiles(base, target);
    const view = { root, name, isWanted: (file: string) => changed?.has(file) !== false };
    const next = await readRelease(source, target, view);
    const old = base === undefined ? undefined : await readRelease(source, base, view);
    const files = stepsOf(own, old, next);
    const { manifest, ...entries } = mergeManifest(manifestOf(own.get(MANIFEST)), old?.manifest, next.manifest);
    if (!dryRun) {
      for (const { file, step } of files) await apply(path.join(root, file), step);
      if (entries.changed.length > 0) await writeJson(path.join(root, MANIFEST), manifest);
      await writeJson(path.join(root, RECORD), { release: source.describe(target), commit: target });
    }
    return {
      ...{ files, entries },
      from: base === undefined ? undefined : source.describe(base),
      to: source.describe(target),
      changelog: newEntries(old?.changelog ?? own.get('CHANGELOG.md')?.toString() ?? '', next.changelog),
      pins: old === undefined ? [] : stalePins(ownManifests(own), engineManifests(old), engineManifests(next)),
    };
  });
}

function refuseOwnChanges({ root, force }: UpdateOptions): void {
  if (!gitAgrees(root, 'rev-parse', '--is-inside-work-tree')) {
    throw new UpdateError(
      'this folder is not a git repository; run git init and commit everything, so that you can undo the update.',
    );
  }
  if (force || gitLines(root, 'status', '--porcelain').length === 0) return;
  throw new UpdateError('the working tree has uncommitted changes; commit or stash them, or repeat with --force.');
}

function refuseOlder(source: Source, base: string, target: string): void {
  if (base === target || !source.isAncestor(target, base)) return;
  const [newer, older] = [source.describe(base), source.describe(target)];
  throw new UpdateError(
    `the engine comes from ${newer}, which is after the newest release ${older}; name the wanted version with --to.`,
  );
}

async function baseOf(
  { root, base }: UpdateOptions,
  own: ReadonlyMap<string, Buffer>,
  source: Source,
  target: string,
): Promise<string> {
  if (base !== undefined) return source.commitOf(base);
  const names = [
    nameOf(own.get(MANIFEST)),
    nameOf(source.files(target, (file) => file === MANIFEST).get(MANIFEST)?.content),
  ];
  const found = (await recordedBase(root, source)) ?? findBase(own, source, tipsOf(source, target), names);
  if (found !== undefined) return found;
  throw new UpdateError(
    'the source has no release that this engine could come from. If you know it, name it with --base; else repeat with --replace,\n' +
      'which replaces packages/, bench/ and the scripts of the engine. Your changes in them then exist only in git.',
  );
}

/** A clone can come from before or after the release, or from a branch that does not contain the release. */
function tipsOf(source: Source, target: string): string[] {
  return source.has('HEAD') ? [...new Set([source.commitOf('HEAD'), target])] : [target];
}

function ownFiles(root: string): Map<string, Buffer> {
  const listed = gitLines(root, 'ls-files', '--cached', '--others', '--exclude-standard');
  const read = (file: string): [string, Buffer][] => {
    try {
      return [[file, readFileSync(path.join(root, file))]];
    } catch {
      return []; // deleted, but not committed; or a link to a folder
    }
  };
  return new Map(listed.flatMap(read));
}

function stepsOf(own: ReadonlyMap<string, Buffer>, old: Release | undefined, next: Release): Update['files'] {
  const known = old ?? { files: own };
  const files = [...new Set([...known.files.keys(), ...next.files.keys()])].toSorted();
  return files.flatMap((file) => {
    const area = areaOf(file);
    if (area === 'owner' || (old === undefined && isOfOwnPackage(file, next))) return [];
    const versions = { own: own.get(file), next: next.files.get(file) };
    const step =
      old === undefined ? replacementOf(area, versions) : stepOf(area, { ...versions, old: old.files.get(file) });
    return step.kind === 'none' ? [] : [{ file, step }];
  });
}

/** Whether a file belongs to a package that the release does not have. */
function isOfOwnPackage(file: string, { files }: Release): boolean {
  const [, folder] = /^(packages\/[^/]+)\//.exec(file) ?? [];
  return folder !== undefined && !files.has(`${folder}/${MANIFEST}`);
}

async function apply(file: string, step: Exclude<Step, { kind: 'none' }>): Promise<void> {
  if (step.kind === 'kept') return;
  if (step.kind === 'deleted') {
    await rm(file);
    await removeEmptyFolders(path.dirname(file));
    return;
  }
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, step.content);
  await chmod(file, step.isExecutable ? 0o755 : 0o644);
}

async function removeEmptyFolders(folder: string): Promise<void> {
  const isRemoved = await rmdir(folder).then(
    () => true,
    () => false,
  );
  if (isRemoved) await removeEmptyFolders(path.dirname(folder));
}

function writeJson(file: string, value: unknown): Promise<void> {
  return writeFile(file, `${JSON.stringify(value, null, 2)}\n`);
}

function manifestOf(content: Buffer | undefined): Manifest {
  return JSON.parse(content?.toString() ?? '{}') as Manifest;
}

function ownManifests(own: ReadonlyMap<string, Buffer>): Map<string, Manifest> {
  const found = [...own].filter(([file]) => WORKSPACE_MANIFEST.test(file) && areaOf(file) === 'owner');
  return new Map(found.map(([file, content]) => [file, manifestOf(content)]));
}

function engineManifests({ files, manifest }: Release): Manifest[] {
  const packages = [...files].filter(([file]) => WORKSPACE_MANIFEST.test(file));
  return [manifest, ...packages.map(([, { content }]) => manifestOf(content))];
}
