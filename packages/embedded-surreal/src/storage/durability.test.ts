import { once } from 'node:events';
import { readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { Surreal } from 'surrealdb';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { connectRoot, names, root, startTestServer, temporaryFolder } from '../testing/database.ts';
import { RawClient } from '../testing/raw-client.ts';
import { reusablePort } from '../testing/reusable-port.ts';
import { kill, startProcess } from '../testing/started-process.ts';

// Each test starts up to seven processes, one after the other.
describe('a RocksDB folder', { timeout: 180_000 }, () => {
  it('keeps acknowledged writes when its server is killed, and the SDK reconnects', async () => {
    const folder = await temporaryFolder();
    let server = await startProcess(folder, { port: await reusablePort() });
    const client = new Surreal();
    onTestFinished(async () => {
      await client.close();
    });
    const reconnect = { enabled: true, attempts: -1, retryDelay: 50, retryDelayMax: 200 };
    await client.connect(server.url ?? '', { ...names, authentication: root, reconnect });
    const acknowledged: number[] = [];
    let writing = true;
    const writer = (async () => {
      for (let number = 0; writing; number += 1) {
        await client.query('CREATE type::record("entry", $number)', { number });
        acknowledged.push(number);
      }
    })().catch(() => {});
    await vi.waitFor(() => expect(acknowledged.length).toBeGreaterThan(20), 20_000);
    await kill(server.child, 'SIGKILL');
    writing = false;
    const written = [...acknowledged];
    server = await startProcess(folder, { port: server.port ?? 0 });
    await client.ready;
    await writer;
    const [found] = await client.query<[number[]]>('SELECT VALUE record::id(id) FROM entry');
    expect(found).toEqual(expect.arrayContaining(written));
  });

  it('can be used by one server at a time, in this process or another', async () => {
    const folder = await temporaryFolder();
    const first = await startProcess(folder);
    const second = await startProcess(folder);
    expect(second.code).toBe('SPOOKY_DB_FOLDER_IN_USE');
    expect(second.message).toContain(`Process ${first.child.pid} `);
    await expect(startTestServer({ storage: { type: 'rocksdb', path: folder } })).rejects.toMatchObject({
      code: 'SPOOKY_DB_FOLDER_IN_USE',
      message: expect.stringContaining(`Process ${first.child.pid} `),
    });
    const other = await temporaryFolder();
    await symlink(folder, join(other, 'link'));
    const spellings = [`${folder}/../${basename(folder)}/./`, join(other, 'link'), relative(process.cwd(), folder)];
    for (const spelling of spellings) {
      expect(await startProcess(spelling)).toMatchObject({ code: 'SPOOKY_DB_FOLDER_IN_USE' });
    }
    // As in a container that cannot see the process of the lock file: RocksDB's own lock still holds.
    await rm(join(folder, 'spooky.lock'));
    expect(await startProcess(folder)).toMatchObject({
      code: 'SPOOKY_DB_FOLDER_IN_USE',
      message: expect.stringContaining('Another process'),
    });
    const client = await connectRoot(first.url ?? '');
    expect(await client.query('RETURN 1')).toEqual([1]);
    await kill(first.child, 'SIGKILL');
    const third = await startProcess(folder);
    expect(third.url).toBeDefined();
  });

  it('is served by exactly one of several processes that start together', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'spooky.lock'), JSON.stringify({ pid: 2 ** 22 + 1, started: '1' }));
    const started = await Promise.all(Array.from({ length: 4 }, () => startProcess(folder)));
    expect(started.filter(({ url }) => url !== undefined)).toHaveLength(1);
    const refused = started.filter(({ url }) => url === undefined);
    expect(refused.map(({ code }) => code)).toEqual(Array.from({ length: 3 }, () => 'SPOOKY_DB_FOLDER_IN_USE'));
    expect((await readdir(folder)).filter((name) => name.startsWith('spooky.lock'))).toEqual(['spooky.lock']);
  });

  it('loses the live queries of a killed server at the next start, and has none after a clean close', async () => {
    const folder = await temporaryFolder();
    const killed = await startProcess(folder);
    const client = await connectRoot(killed.url ?? '');
    await client.query('DEFINE TABLE `odd \\`name`; LIVE SELECT * FROM `odd \\`name`');
    await kill(killed.child, 'SIGKILL');
    // As in a folder of an earlier version, which wrote no marker: the next start writes it, and the one after ends the
    // live queries.
    await rm(join(folder, 'spooky.lives'));
    const info = 'INFO FOR TABLE `odd \\`name`';
    for (const { warnings, lives } of [
      { warnings: [{ count: 1, tables: ['main/test/odd `name'] }], lives: 1 },
      { warnings: [], lives: 0 },
    ]) {
      const next = await startProcess(folder);
      expect(next.warnings).toEqual(warnings);
      const [found] = await (await connectRoot(next.url ?? '')).query<[{ lives: object }]>(info);
      expect(Object.keys(found.lives)).toHaveLength(lives);
      await kill(next.child, 'SIGKILL');
    }

    const other = await temporaryFolder();
    const clean = await startProcess(other);
    await (await connectRoot(clean.url ?? '')).query('DEFINE TABLE note; LIVE SELECT * FROM note');
    clean.child.send('stop');
    await once(clean.child, 'exit');
    expect(await readdir(other)).not.toContain('spooky.lives');
    expect((await startProcess(other)).warnings).toEqual([]);
  });

  it('keeps no live query of a client that was disconnected at a clean close', async () => {
    const folder = await temporaryFolder();
    const { child, url = '' } = await startProcess(folder, { closeTimeoutMs: 100 });
    const client = await RawClient.connect(url);
    await client.call('signin', [{ user: root.username, pass: root.password }]);
    await client.call('use', [names.namespace, names.database]);
    const live = Array.from({ length: 20 }, () => 'LIVE SELECT * FROM note');
    const { result } = await client.call('query', [['DEFINE TABLE note', ...live].join(';')]);
    expect(result).toEqual(Array.from({ length: 21 }, () => expect.objectContaining({ status: 'OK' })));
    client.socket.pause();
    child.send('stop');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect((await startProcess(folder)).warnings).toEqual([]);
  });

  it('has no lock after a clean close', async () => {
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
});
