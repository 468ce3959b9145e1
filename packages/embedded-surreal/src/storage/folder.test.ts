/** Folders that cannot be served: the error comes at once and names the folder, and nothing in the folder changes. */

import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { openEngine } from '../engine/open-engine.ts';
import { startServer } from '../server.ts';
import { connectRoot, temporaryFolder } from '../testing/database.ts';
import { kill, startProcess } from '../testing/started-process.ts';
import { crc32c } from './crc32c.ts';

/** A folder with 200 acknowledged notes. A copy of it is what a kill would leave. */
let sample: string;
beforeAll(async () => {
  sample = await mkdtemp(join(tmpdir(), 'spooky sample '));
  const engine = await openEngine({ type: 'rocksdb', path: sample });
  await engine.use('main', 'spookify');
  for (let id = 0; id < 200; id += 1) await engine.query('CREATE type::record("note", $id)', { id });
});
afterAll(() => rm(sample, { recursive: true, force: true }));

async function sampleCopy(): Promise<string> {
  const folder = join(await temporaryFolder(), 'data');
  await cp(sample, folder, { recursive: true });
  await rm(join(folder, 'spooky.lock'), { force: true });
  return folder;
}

async function contentOf(folder: string): Promise<Map<string, string>> {
  const names = (await readdir(folder)).filter((name) => !/^LOG/.test(name)).sort();
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'latin1')] as const)),
  );
}

async function find(folder: string, name: RegExp): Promise<string> {
  const found = (await readdir(folder)).find((one) => name.test(one));
  return join(folder, found ?? 'missing');
}

async function flip(file: string, at: number): Promise<void> {
  const bytes = await readFile(file);
  bytes.writeUInt8(bytes.readUInt8(at) ^ 0xff, at);
  await writeFile(file, bytes);
}

describe('a foreign folder', () => {
  it('is refused and not changed', async () => {
    const folder = await temporaryFolder();
    const surrealkv = join(folder, 'surrealkv');
    for (const name of ['manifest', 'sstables', 'vlog', 'wal']) await mkdir(join(surrealkv, name), { recursive: true });
    const photos = join(folder, 'photos');
    await mkdir(photos);
    await writeFile(join(photos, 'holiday.jpg'), 'not a database');
    const file = join(folder, 'file');
    await writeFile(file, '');
    for (const [path, code] of [
      [surrealkv, 'SPOOKY_DB_FOLDER_FOREIGN'],
      [photos, 'SPOOKY_DB_FOLDER_FOREIGN'],
      [file, 'SPOOKY_DB_FOLDER_UNUSABLE'],
      [join(file, 'below'), 'SPOOKY_DB_FOLDER_UNUSABLE'],
      [join(folder, 'a?b'), 'SPOOKY_DB_FOLDER_UNUSABLE'],
    ] as const) {
      await expect(openEngine({ type: 'rocksdb', path })).rejects.toMatchObject({
        code,
        message: expect.stringContaining(path),
      });
    }
    expect(await readdir(photos)).toEqual(['holiday.jpg']);
    expect(await readdir(surrealkv)).toEqual(['manifest', 'sstables', 'vlog', 'wal']);
  });
});

it('refuses the RocksDB database of another program, and keeps its data', async () => {
  const folder = await sampleCopy();
  const log = await find(folder, /\.log$/);
  const foreign = logWith('a key of another program');
  await writeFile(log, foreign);
  await expect(openEngine({ type: 'rocksdb', path: folder })).rejects.toMatchObject({
    code: 'SPOOKY_DB_FOLDER_FOREIGN',
    message: expect.stringContaining(folder),
  });
  // RocksDB may still delete files, so one can disappear before it is read.
  await vi.waitFor(async () => {
    const contents = [...(await contentOf(folder)).values()];
    expect(contents.some((content) => content.includes('a key of another program'))).toBe(true);
  }, 20_000);
});

/** A RocksDB log with one write: a record with a batch of one entry, which has a key and its value. */
function logWith(key: string): Buffer {
  const batch = Buffer.concat([Buffer.alloc(12), Buffer.from([1, key.length]), Buffer.from(key), Buffer.from([1, 0])]);
  batch.writeUInt8(1, 0);
  batch.writeUInt8(1, 8);
  const record = Buffer.concat([Buffer.alloc(7), batch]);
  record.writeUInt16LE(batch.length, 4);
  record.writeUInt8(1, 6);
  const crc = crc32c(record.subarray(6));
  record.writeUInt32LE((((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0, 0);
  return record;
}

describe('a damaged folder', () => {
  it.each<[string, (folder: string) => Promise<void>]>([
    ['a byte of its log', async (folder) => flip(await find(folder, /\.log$/), 5000)],
    ['a byte of its manifest', async (folder) => flip(await find(folder, /^MANIFEST/), 20)],
    ['an emptied manifest', async (folder) => truncate(await find(folder, /^MANIFEST/))],
    ['a missing manifest', async (folder) => rm(await find(folder, /^MANIFEST/))],
    ['an emptied CURRENT', (folder) => truncate(join(folder, 'CURRENT'))],
    ['a missing CURRENT', (folder) => rm(join(folder, 'CURRENT'))],
  ])('is refused at once, and unchanged: %s', async (_what, damage) => {
    const folder = await sampleCopy();
    await damage(folder);
    const before = await contentOf(folder);
    await expect(openEngine({ type: 'rocksdb', path: folder })).rejects.toMatchObject({
      code: 'SPOOKY_DB_FOLDER_DAMAGED',
      message: expect.stringMatching(new RegExp(`^The data folder ${folder} is damaged: .*Restore a backup`)),
    });
    expect(await contentOf(folder)).toEqual(before);
  });

  it('has an error that names the position in the log, and keeps the data before it', async () => {
    const folder = await sampleCopy();
    const log = await find(folder, /\.log$/);
    await flip(log, 5000);
    const refused = await openEngine({ type: 'rocksdb', path: folder }).catch((error: Error) => error.message);
    const command = /truncate -s (\d+) "(.*)"/.exec(String(refused));
    expect(command?.[2]).toBe(log);
    await truncate(log, Number(command?.[1]));
    const engine = await openEngine({ type: 'rocksdb', path: folder });
    await engine.use('main', 'spookify');
    const [notes] = (await engine.query('SELECT VALUE record::id(id) FROM note')) as [number[]];
    expect(notes.length).toBeGreaterThan(5);
    expect(notes).toEqual(notes.map((_, index) => index));
  });

  it('opens if only a write that was cut short is missing', async () => {
    const folder = await sampleCopy();
    const log = await find(folder, /\.log$/);
    const { length } = await readFile(log);
    await truncate(log, length - 3);
    const engine = await openEngine({ type: 'rocksdb', path: folder });
    await engine.use('main', 'spookify');
    expect(await engine.query('RETURN array::len(SELECT VALUE id FROM note)')).toEqual([199]);
  });
});

/** A separate file system, which only root can mount. */
async function mounted(size: string): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const folder = await temporaryFolder();
  try {
    system('mount', '-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder);
  } catch {
    return undefined;
  }
  onTestFinished(() => system('umount', '--lazy', folder));
  return folder;
}

const remount = (folder: string, options: string) => system('mount', '-o', `remount,${options}`, folder);

function system(command: string, ...args: string[]): void {
  execFileSync(command, args, { stdio: 'ignore' });
}

const NO_MOUNT = 'only root can mount a file system to try it on';

describe('a disk', () => {
  it('is refused if it is read-only', async ({ skip }) => {
    const disk = (await mounted('8m')) ?? skip(NO_MOUNT);
    const folder = join(disk, 'data');
    await cp(sample, folder, { recursive: true });
    remount(disk, 'ro');
    await expect(startServer({ storage: { type: 'rocksdb', path: folder } })).rejects.toMatchObject({
      code: 'SPOOKY_DB_FOLDER_UNUSABLE',
      message: expect.stringContaining(folder),
    });
    remount(disk, 'rw');
  });

  it('reports that it is full to writers and in the log, still serves readers, and loses no acknowledged write', {
    timeout: 120_000,
  }, async ({ skip }) => {
    const disk = (await mounted('4m')) ?? skip(NO_MOUNT);
    const folder = join(disk, 'data');
    const first = await startProcess(folder);
    const client = await connectRoot(first.url ?? '');
    const text = 'x'.repeat(40_000);
    const acknowledged: number[] = [];
    const fill = async () => {
      for (let id = 0; id < 1000; id += 1) {
        const more = randomBytes(10_000).toString('hex');
        await client.query('CREATE type::record("note", $id) SET text = $text + $more', { id, text, more });
        acknowledged.push(id);
      }
    };
    await expect(fill()).rejects.toThrow('No space left on device');
    expect(acknowledged.length).toBeGreaterThan(10);
    const [read] = await client.query<[number[]]>('SELECT VALUE record::id(id) FROM note');
    expect(read).toEqual(expect.arrayContaining(acknowledged));
    await expect(client.query('CREATE note:late')).rejects.toThrow();
    await vi.waitFor(() => expect(first.errors).toContainEqual(expect.stringContaining('the disk is full')), 20_000);
    await kill(first.child, 'SIGKILL');

    const filler = join(disk, 'filler');
    await expect(writeFile(filler, new Uint8Array(8 * 1024 * 1024))).rejects.toThrow('ENOSPC');
    expect(await startProcess(folder)).toMatchObject({
      code: 'SPOOKY_DB_DISK_FULL',
      message: expect.stringContaining(folder),
    });
    await rm(filler);
    remount(disk, 'size=64m');
    const second = await startProcess(folder);
    const again = await connectRoot(second.url ?? '');
    const [found] = await again.query<[number[]]>('SELECT VALUE record::id(id) FROM note');
    expect(found).toEqual(expect.arrayContaining(acknowledged));
    await again.query('CREATE note:late');
    await kill(second.child, 'SIGKILL');
  });
});
