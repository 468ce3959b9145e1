import { renameSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { changedFiles, FileWatch, takeSnapshot, type Watched } from './file-watch.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'spooky watch '));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  await mkdir(path.join(root, 'schema'));
  await writeFile(path.join(root, 'sp00ky.yml'), 'one');
});

/** Watches files as `spooky dev` does: renews the watches after every burst, then reads the files. */
function follow(names: readonly string[]) {
  const place = (name: string) => path.join(root, name);
  const watched: Watched = {
    files: names.map(place),
    folders: [{ folder: place('schema/migrations'), ending: '.surql' }],
  };
  let bursts = 0;
  const watch = new FileWatch(
    () => {
      bursts += 1;
      watch.watch(watched);
    },
    (error) => expect.unreachable(String(error)),
  );
  watch.watch(watched);
  onTestFinished(() => watch.close());
  /** Whether an action triggers the watch. A later write always does, so the test can wait for that. */
  return async (work: () => Promise<unknown>): Promise<void> => {
    const before = bursts;
    await work();
    await vi.waitFor(() => expect(bursts).toBeGreaterThan(before), 20_000);
  };
}

describe('FileWatch', () => {
  const write = (name: string, text = 'text') => writeFile(path.join(root, name), text);
  const replace = async (name: string) => {
    await write(`${name}.new`);
    await rename(path.join(root, `${name}.new`), path.join(root, name));
  };

  it('notices repeated writes, including saves that rename', async () => {
    const wakes = follow(['sp00ky.yml']);
    await wakes(() => write('sp00ky.yml'));
    for (let round = 0; round < 3; round += 1) await wakes(() => replace('sp00ky.yml'));
    await wakes(() => write('sp00ky.yml'));
  });

  it('notices a save that first moves the old file away, as vim does', async () => {
    const wakes = follow(['sp00ky.yml']);
    for (let round = 0; round < 3; round += 1) {
      await wakes(async () => {
        await rename(path.join(root, 'sp00ky.yml'), path.join(root, 'sp00ky.yml~'));
        await write('sp00ky.yml');
        await rm(path.join(root, 'sp00ky.yml~'));
      });
    }
  });

  it('notices files that are deleted and created again', async () => {
    const wakes = follow(['sp00ky.yml']);
    await wakes(() => rm(path.join(root, 'sp00ky.yml')));
    await wakes(() => write('sp00ky.yml'));
  });

  it('notices folders that are deleted and created again, with their files', async () => {
    const wakes = follow(['schema/outbox/api.surql']);
    await wakes(() => mkdir(path.join(root, 'schema/outbox')));
    await wakes(() => write('schema/outbox/api.surql'));
    await wakes(() => rm(path.join(root, 'schema'), { recursive: true }));
    await wakes(() => mkdir(path.join(root, 'schema/outbox'), { recursive: true }));
    await wakes(() => write('schema/outbox/api.surql'));
  });

  it('notices a new folder and new files in it', async () => {
    const wakes = follow([]);
    await wakes(() => mkdir(path.join(root, 'schema/migrations')));
    await wakes(() => write('schema/migrations/0001-names.surql'));
  });

  it('reports a burst once and ignores other files', async () => {
    const settled = vi.fn();
    const watch = new FileWatch(settled, () => {});
    onTestFinished(() => watch.close());
    watch.watch({ files: [path.join(root, 'sp00ky.yml'), path.join(root, 'schema/schema.surql')], folders: [] });
    for (let round = 0; round < 20; round += 1) await write('another.yml', String(round));
    // All in one turn of the event loop. Otherwise a slow disk could split the burst.
    for (const name of ['sp00ky.yml', 'sp00ky.yml.new', 'schema/schema.surql', 'schema/x.md']) {
      writeFileSync(path.join(root, name), 'text');
    }
    renameSync(path.join(root, 'sp00ky.yml.new'), path.join(root, 'sp00ky.yml'));
    await vi.waitFor(() => expect(settled).toHaveBeenCalled(), 20_000);
    expect(settled.mock.calls.length, 'fewer than there were edits').toBeLessThan(4);
  });
});

describe('snapshots', () => {
  it('show by content which files are edited, new and deleted', async () => {
    const files = ['a', 'b', 'c'].map((name) => path.join(root, name));
    const [a = '', b = '', c = ''] = files;
    await Promise.all([a, b].map((file) => writeFile(file, 'text')));
    const before = await takeSnapshot(files);
    await Promise.all([writeFile(a, 'text'), writeFile(c, 'text'), rm(b)]);
    expect(changedFiles(before, await takeSnapshot(files))).toEqual([b, c]);
    await writeFile(b, 'text');
    await rm(c);
    expect(changedFiles(before, await takeSnapshot(files))).toEqual([]);
  });

  it('differ exactly in the files that differ, in both directions', () => {
    const snapshot = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.constantFrom('1', '2'));
    fc.assert(
      fc.property(snapshot, snapshot, (one, other) => {
        const [before, after] = [new Map(Object.entries(one)), new Map(Object.entries(other))];
        const expected = ['a', 'b', 'c', 'd'].filter((file) => one[file] !== other[file]);
        expect(changedFiles(before, after)).toEqual(expected);
        expect(changedFiles(after, before)).toEqual(expected);
      }),
    );
  });
});
