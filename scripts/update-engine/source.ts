/** The repository that releases come from, as a bare copy in a temporary folder. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { git, gitAgrees, gitLines } from './git.ts';
import { UpdateError } from './update-error.ts';

/** A file of a release. */
export interface File {
  readonly content: Buffer;
  readonly isExecutable: boolean;
}

/** The changes of one commit. */
export interface Commit {
  readonly id: string;
  /**
   * The id of the new content of each changed file, by its path from the root; undefined if the commit deleted the file.
   */
  readonly changes: ReadonlyMap<string, string | undefined>;
}

const RELEASE_TAG = /^v\d+\.\d+\.\d+$/;

/**
 * Copies the source, runs `work` with it and removes the copy.
 *
 * @param from a git URL, or a folder with a checkout
 * @throws UpdateError if it cannot be cloned, or its history is incomplete
 */
export async function withSource<T>(from: string, work: (source: Source) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'spooky-update-'));
  try {
    git(folder, ['clone', '--quiet', '--bare', '--', from, '.']);
    if (gitLines(folder, 'rev-parse', '--is-shallow-repository').includes('true')) {
      throw new UpdateError(`${from} has an incomplete history; run git fetch --unshallow there, or use its URL.`);
    }
    return await work(new Source(folder));
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

export class Source {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Returns the commit of a tag, a branch or a commit id. Without a name, the commit of the newest release tag, or else of
   * the default branch.
   *
   * @throws UpdateError if the name does not exist
   */
  commitOf(name: string = this.#newestRelease()): string {
    const [commit] = this.has(name) ? gitLines(this.#folder, 'rev-parse', `${name}^{commit}`) : [];
    if (commit === undefined) {
      throw new UpdateError(`the source has no ${name}; use a tag, a branch or a commit for --to.`);
    }
    return commit;
  }

  #newestRelease(): string {
    const tags = gitLines(this.#folder, 'tag', '--list', 'v*', '--sort=-version:refname');
    return tags.find((tag) => RELEASE_TAG.test(tag)) ?? 'HEAD';
  }

  has(name: string): boolean {
    return gitAgrees(this.#folder, 'rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`);
  }

  isAncestor(older: string, newer: string): boolean {
    return gitAgrees(this.#folder, 'merge-base', '--is-ancestor', older, newer);
  }

  /** Returns a readable name of a commit: `v1.2.0`, or `v1.2.0-7-g1a2b3c4` seven commits later. */
  describe(commit: string): string {
    return gitLines(this.#folder, 'describe', '--tags', '--always', '--match', 'v*', commit)[0] ?? commit;
  }

  /** Returns the commits that lead to one, oldest first, each with its changes; a merged branch counts as one commit. */
  history(commit: string): Commit[] {
    const flags = ['--raw', '--root', '--no-renames', '--no-abbrev', '--no-ext-diff'];
    const walk = ['--first-parent', '-m', '--reverse', '--format=%H'];
    const commits: { id: string; changes: Map<string, string | undefined> }[] = [];
    for (const line of gitLines(this.#folder, 'log', ...flags, ...walk, commit)) {
      const [, content = '', status, file = ''] = /^:\S+ \S+ \S+ (\S+) (\S+)\t(.*)$/.exec(line) ?? [];
      if (status === undefined) commits.push({ id: line, changes: new Map() });
      else commits.at(-1)?.changes.set(file, status === 'D' ? undefined : content);
    }
    return commits;
  }

  /** Returns the files that differ between two commits. */
  changedFiles(one: string, other: string): Set<string> {
    return new Set(gitLines(this.#folder, 'diff-tree', '-r', '--no-renames', '--name-only', one, other));
  }

  /** Returns the files of a commit that `isWanted` accepts, by their paths. */
  files(commit: string, isWanted: (file: string) => boolean): Map<string, File> {
    const entries = gitLines(this.#folder, 'ls-tree', '-r', commit).flatMap((line) => {
      const [, mode, id = '', file = ''] = /^(\d+) blob (\S+)\t(.*)$/.exec(line) ?? [];
      return mode !== undefined && mode !== '120000' && isWanted(file) ? [{ mode, id, file }] : [];
    });
    const contents = this.contents(entries.map(({ id }) => id));
    return new Map(
      entries.flatMap(({ mode, id, file }) => {
        const content = contents.get(id);
        return content === undefined ? [] : [[file, { content, isExecutable: mode === '100755' }]];
      }),
    );
  }

  /** Returns contents by their ids. */
  contents(ids: readonly string[]): Map<string, Buffer> {
    const wanted = [...new Set(ids)];
    const contents = new Map<string, Buffer>();
    if (wanted.length === 0) return contents;
    const output = git(this.#folder, ['cat-file', '--batch'], `${wanted.join('\n')}\n`);
    let at = 0;
    // Each is `<id> blob <length>`, a line end, the content, and a line end.
    for (const id of wanted) {
      const start = output.indexOf('\n', at) + 1;
      const length = Number(output.toString('latin1', at, start).split(' ')[2]);
      contents.set(id, output.subarray(start, start + length));
      at = start + length + 1;
    }
    return contents;
  }
}
