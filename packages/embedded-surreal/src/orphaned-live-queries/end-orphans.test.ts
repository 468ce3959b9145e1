/** A server is killed while live queries run. The next start must end them and change nothing else. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { Surreal } from 'surrealdb';
import { describe, expect, it, vi } from 'vitest';
import { connectRoot, names, root, temporaryFolder } from '../testing/database.ts';
import { applyFixture, signUpFixture } from '../testing/notes-fixture.ts';
import { RawClient } from '../testing/raw-client.ts';
import { kill, startProcess } from '../testing/started-process.ts';
import { endOrphanedLiveQueries } from './end-orphans.ts';

/**
 * Everything that rebuilding a table could lose: kinds of ids and values, edges, references, indexes, events, times.
 */
const DATA = `
  DEFINE TABLE odd SCHEMALESS;
  DEFINE FIELD created_at ON odd VALUE time::now() READONLY;
  DEFINE FIELD made ON odd DEFAULT time::now();
  CREATE odd:1, odd:word, odd:⟨with space⟩, odd:[1, 'two', { three: 3 }], odd:{ a: 1, b: [2] },
    odd:u'018f3a3c-0000-7000-8000-000000000000', odd:-5 RETURN NONE;
  UPDATE odd:word SET n = 1.5, d = 1.10dec, i = -9223372036854775808, t = d'2024-01-01T00:00:00.123456789Z', u = 1y2w3ns,
    b = b"00ff", g = (1.5, -2), r = 1..=5, s = {1, 2}, x = odd:1..9, l = odd:[1], o = { deep: [NONE, NULL, { k: 'v' }] } RETURN NONE;
  DEFINE TABLE follows TYPE RELATION IN odd OUT odd;
  RELATE odd:1->follows:one->odd:word SET since = 1;
  DEFINE TABLE page; DEFINE FIELD about ON page TYPE option<record<odd>> REFERENCE;
  CREATE page:1 SET about = odd:word;
  DEFINE INDEX odd_n ON odd FIELDS n;
  DEFINE TABLE logged; DEFINE EVENT log ON odd THEN (CREATE logged SET what = $value.id);
  DEFINE TABLE many; DEFINE TABLE \`odd \\\`name\`;
`;
const READ_ALL = `
  SELECT * FROM odd; SELECT *, ->follows->odd AS out, <-follows<-odd AS in, <~page AS pages FROM odd;
  SELECT * FROM odd WITH INDEX odd_n WHERE n = 1.5; SELECT * FROM page; SELECT * FROM follows; SELECT * FROM user;
  INFO FOR DB; SELECT count() FROM logged GROUP ALL;
`;

async function folderOfKilledServer() {
  const folder = await temporaryFolder();
  const server = await startProcess(folder);
  const admin = await connectRoot(server.url ?? '');
  await applyFixture(admin);
  await admin.query(DATA);
  const { token } = await signUpFixture(server.url ?? '', 'eve');
  const before = { rows: await admin.query(READ_ALL), sql: await admin.export() };
  const statements = Array.from(
    { length: 300 },
    (_, number) => `LIVE SELECT * FROM ${number % 2 === 0 ? 'many' : 'odd'}`,
  );
  await admin.query(statements.join(';'));
  await admin.query('LIVE SELECT * FROM `odd \\`name`; LIVE SELECT * FROM note WHERE (THROW "broken")');
  await expect(admin.query('CREATE note')).rejects.toThrow('broken');
  await kill(server.child, 'SIGKILL');
  return { folder, before, token };
}

async function countLiveQueries(admin: Surreal): Promise<number> {
  const tables = ['odd', 'many', 'note', 'page', 'follows', '`odd \\`name`'];
  const infos = await admin.query<{ lives: object }[]>(tables.map((table) => `INFO FOR TABLE ${table}`).join(';'));
  return infos.reduce((sum, { lives }) => sum + Object.keys(lives).length, 0);
}

/** Starts a server and kills it after this many changes of the folder, or when it serves. */
async function killAtChange(folder: string, change: number): Promise<void> {
  let seen = 0;
  const { promise: reached, resolve } = Promise.withResolvers<void>();
  const watcher = watch(folder, () => {
    seen += 1;
    if (seen >= change) resolve();
  });
  const entry = new URL('../testing/server-process.ts', import.meta.url);
  const child = fork(entry, [folder], { execArgv: ['--conditions=source'], stdio: 'ignore' });
  await Promise.race([reached, once(child, 'message'), once(child, 'exit')]);
  await kill(child, 'SIGKILL');
  watcher.close();
}

/** The survey process of a killed server may need a moment to notice the kill. */
async function startWhenFree(folder: string) {
  return vi.waitFor(
    async () => {
      const server = await startProcess(folder);
      expect(server.message).toBeUndefined();
      return server;
    },
    { timeout: 30_000, interval: 200 },
  );
}

// Each test starts several processes.
describe('a start after a kill', { timeout: 120_000 }, () => {
  it('ends the remaining live queries and keeps every row, edge, reference, index and session', async () => {
    const { folder, before, token } = await folderOfKilledServer();
    const server = await startProcess(folder);
    expect(server.warnings).toEqual([]);
    const admin = await connectRoot(server.url ?? '');
    expect(await countLiveQueries(admin)).toBe(0);
    expect(await admin.query(READ_ALL)).toEqual(before.rows);
    expect(await admin.export()).toBe(before.sql);
    expect(await admin.query('CREATE note:healed SET text = "b" RETURN text')).toEqual([[{ text: 'b' }]]);
    const session = new Surreal();
    await session.connect(server.url ?? '', { ...names, reconnect: false });
    await session.authenticate(token);
    expect(await session.query('SELECT VALUE name FROM user')).toEqual([['eve']]);
    await session.close();

    await kill(server.child, 'SIGKILL');
    const again = await connectRoot((await startProcess(folder)).url ?? '');
    expect(await again.query('SELECT VALUE text FROM note')).toEqual([['b']]);
    expect(await countLiveQueries(again)).toBe(0);
  });

  it('loses nothing if it is killed at any of the first twelve changes of the folder', async () => {
    const { folder, before } = await folderOfKilledServer();
    for (let change = 1; change <= 12; change += 1) await killAtChange(folder, change);
    const server = await startWhenFree(folder);
    const admin = await connectRoot(server.url ?? '');
    expect(await countLiveQueries(admin)).toBe(0);
    expect(await admin.query(READ_ALL)).toEqual(before.rows);
    expect(await admin.export()).toBe(before.sql);
  });

  it('accepts a folder with its own log, or with a draft of it', async () => {
    const { folder, before } = await folderOfKilledServer();
    expect(await endOrphanedLiveQueries(folder)).toBe(302);
    await cp(join(folder, 'CURRENT'), join(folder, '000999.dbtmp'));
    expect(await endOrphanedLiveQueries(folder)).toBe(0);
    const admin = await connectRoot((await startProcess(folder)).url ?? '');
    expect(await admin.query(READ_ALL)).toEqual(before.rows);
  });

  it('ends those of each server that is killed, round after round', async () => {
    const folder = await temporaryFolder();
    for (let round = 0; round < 3; round += 1) {
      const { url = '', child, warnings } = await startProcess(folder);
      expect(warnings).toEqual([]);
      const raw = await RawClient.connect(url);
      await raw.call('signin', [{ user: root.username, pass: root.password }]);
      await raw.call('use', [names.namespace, names.database]);
      const { result } = await raw.call('query', [
        'DEFINE TABLE IF NOT EXISTS t; INFO FOR TABLE t; LIVE SELECT * FROM t',
      ]);
      expect(result).toMatchObject([{}, { result: { lives: {} } }, { type: 'live' }]);
      await kill(child, 'SIGKILL');
    }
  });
});
