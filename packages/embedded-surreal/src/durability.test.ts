import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Surreal } from 'surrealdb';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openEngine } from './open-engine.ts';
import { connectRoot, demo, root, startTestServer, temporaryFolder } from './testing/database.ts';

interface Started {
  readonly child: ChildProcess;
  readonly url?: string;
  readonly port?: number;
  readonly code?: string;
  readonly message?: string;
  /** The details of what it warned of. */
  readonly warnings?: object[];
}

/** A server in a process of its own: the engine keeps a folder until its process ends. */
async function startProcess(folder: string, port = 0): Promise<Started> {
  const entry = new URL('./testing/server-process.ts', import.meta.url);
  const child = fork(entry, [folder, String(port)], { execArgv: ['--conditions=source'], stdio: 'ignore' });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const [message] = (await once(child, 'message')) as [object];
  return { child, ...message };
}

async function kill(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  child.kill(signal);
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

describe('a RocksDB folder', () => {
  it('keeps what was acknowledged through kill -9 in the middle of writes, and the SDK finds its way back', async () => {
    const folder = await temporaryFolder();
    let server = await startProcess(folder);
    const client = new Surreal();
    onTestFinished(async () => {
      await client.close();
    });
    const reconnect = { enabled: true, attempts: 100, retryDelay: 50, retryDelayMax: 200 };
    await client.connect(server.url ?? '', { ...demo, authentication: root, reconnect });
    for (let round = 0; round < 3; round += 1) {
      const acknowledged: number[] = [];
      let writing = true;
      const writer = (async () => {
        for (let number = round * 100_000; writing; number += 1) {
          await client.query('CREATE type::record("entry", $number)', { number });
          acknowledged.push(number);
        }
      })().catch(() => {});
      await vi.waitFor(() => expect(acknowledged.length).toBeGreaterThan(20));
      await kill(server.child, 'SIGKILL');
      writing = false;
      const written = [...acknowledged];
      server = await startProcess(folder, server.port);
      await client.ready;
      await writer;
      const [found] = await client.query<[number[]]>('SELECT VALUE record::id(id) FROM entry');
      expect(found).toEqual(expect.arrayContaining(written));
    }
  });

  it('belongs to one server at a time, in another process and in this one', async () => {
    const folder = await temporaryFolder();
    const first = await startProcess(folder);
    const second = await startProcess(folder);
    expect(second.code).toBe('SPOOKY_DB_FOLDER_IN_USE');
    expect(second.message).toContain(`Process ${first.child.pid} `);
    await expect(startTestServer({ storage: { type: 'rocksdb', path: folder } })).rejects.toMatchObject({
      code: 'SPOOKY_DB_FOLDER_IN_USE',
      message: expect.stringContaining(`Process ${first.child.pid} `),
    });
    const client = await connectRoot(first.url ?? '');
    expect(await client.query('RETURN 1')).toEqual([1]);
    await kill(first.child, 'SIGKILL');
    const third = await startProcess(folder);
    expect(third.url).toBeDefined();
  });

  it('is free at once for one of many who start together', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'spooky.lock'), JSON.stringify({ pid: 2 ** 22 + 1, started: '1' }));
    const started = await Promise.all(Array.from({ length: 4 }, () => startProcess(folder)));
    expect(started.filter(({ url }) => url !== undefined)).toHaveLength(1);
    const refused = started.filter(({ url }) => url === undefined);
    expect(refused.map(({ code }) => code)).toEqual(Array.from({ length: 3 }, () => 'SPOOKY_DB_FOLDER_IN_USE'));
    expect((await readdir(folder)).filter((name) => name.startsWith('spooky.lock'))).toEqual(['spooky.lock']);
  });

  it('that a killed server left says which tables still carry its live queries; a clean end leaves none', async () => {
    const folder = await temporaryFolder();
    const killed = await startProcess(folder);
    const client = await connectRoot(killed.url ?? '');
    await client.query('DEFINE TABLE `odd \\`name`; LIVE SELECT * FROM `odd \\`name`');
    await kill(killed.child, 'SIGKILL');
    const next = await startProcess(folder);
    expect(next.warnings).toEqual([{ count: 1, tables: ['main/spookify/odd `name'] }]);

    const other = await temporaryFolder();
    const clean = await startProcess(other);
    await (await connectRoot(clean.url ?? '')).query('DEFINE TABLE note; LIVE SELECT * FROM note');
    clean.child.send('stop');
    await once(clean.child, 'exit');
    expect((await startProcess(other)).warnings).toEqual([]);
  });

  it('leaves no lock behind after a clean end', async () => {
    const folder = await temporaryFolder();
    const { child } = await startProcess(folder);
    child.send('stop');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(await readdir(folder)).not.toContain('spooky.lock');
  });

  it('can be opened again in the same process', async () => {
    const storage = { type: 'rocksdb', path: await temporaryFolder() } as const;
    const first = await startTestServer({ storage });
    await (await connectRoot(first.url)).query('CREATE note:1');
    await expect(startTestServer({ storage })).rejects.toThrow(`This process (${process.pid}) is using`);
    await first.close();
    const second = await startTestServer({ storage });
    expect(await (await connectRoot(second.url)).query('SELECT * FROM note')).toMatchObject([[{}]]);
  });

  it('of another engine, or of no engine at all, is refused untouched', async () => {
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
      [join(folder, 'a?b'), 'SPOOKY_DB_FOLDER_UNUSABLE'],
    ] as const) {
      await expect(openEngine({ type: 'rocksdb', path })).rejects.toMatchObject({ code });
    }
    expect(await readdir(photos)).toEqual(['holiday.jpg']);
    expect(await readdir(surrealkv)).toEqual(['manifest', 'sstables', 'vlog', 'wal']);
  });

  it('that is damaged is an error at once', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'CURRENT'), 'MANIFEST-000042\n');
    await expect(openEngine({ type: 'rocksdb', path: folder })).rejects.toMatchObject({
      code: 'SPOOKY_DB_ENGINE_FAILED',
    });
    expect(await readdir(folder)).not.toContain('spooky.lock');
  });
});
