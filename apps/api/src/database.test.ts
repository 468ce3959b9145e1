import { createServer, type Server, type Socket } from 'node:net';
import { Secret } from '@spookify/config';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { connectDatabase, type DatabaseLimits } from './database.ts';
import type { DatabaseSettings } from './settings.ts';
import { startTestDatabase, type TestDatabase } from './testing/database.ts';
import { PATIENCE } from './testing/patience.ts';

vi.setConfig({ testTimeout: 60_000 });

const LIMITS: DatabaseLimits = {
  waitMs: 200,
  statementMs: 60_000,
  probeMs: 1_000,
  firstPauseMs: 10,
  lastPauseMs: 20,
};

let server: TestDatabase;
beforeAll(async () => {
  server = await startTestDatabase();
});
afterAll(() => server.close());

function connect(settings: DatabaseSettings, limits = LIMITS) {
  const lines: string[] = [];
  const logger = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
  return { database: connectDatabase(settings, logger, limits), log: () => lines.join('') };
}

/** Accepts connections and never answers. */
async function startSilentServer(): Promise<{ url: string; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const silent: Server = createServer((socket) => sockets.add(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const address = silent.address();
  return {
    url: `ws://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/rpc`,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        silent.close(() => resolve());
      }),
  };
}

describe('the connection to the database', () => {
  it('fails quickly without a server, logs it once, and closes at once', async () => {
    const silent = await startSilentServer();
    const { database, log } = connect({ ...server.settings, url: silent.url });
    await silent.close();
    await expect(database.query('RETURN 1', {})).rejects.toMatchObject({ code: 'SPOOKY_API_DATABASE_AWAY' });
    await expect(database.isReachable()).resolves.toBe(false);
    await database.close();
    await database.close();
    expect(log().match(/not connected/g)?.length).toBeLessThanOrEqual(2);
  });

  it('waits for a silent server neither to query nor to close', async () => {
    const silent = await startSilentServer();
    const { database } = connect({ ...server.settings, url: silent.url });
    await expect(database.query('RETURN 1', {})).rejects.toMatchObject({ code: 'SPOOKY_API_DATABASE_AWAY' });
    await database.close();
    await silent.close();
  });

  it('waits until its database user exists, and never logs the password', async () => {
    const password = 'the-password-of-late';
    const settings = { ...server.settings, username: 'late', password: new Secret(password) };
    const { database, log } = connect(settings);
    await vi.waitFor(() => expect(log()).toContain('not connected'), PATIENCE);
    await server.owner.query(`DEFINE USER late ON DATABASE PASSWORD '${password}' ROLES EDITOR;`);
    await vi.waitFor(async () => expect(await database.isReachable()).toBe(true), PATIENCE);
    expect(log()).not.toContain(password);
    await database.close();
  });

  it('abandons a statement that takes too long, and reconnects', async () => {
    const { database, log } = connect(server.settings, { ...LIMITS, statementMs: 1_000 });
    await vi.waitFor(async () => expect(await database.isReachable()).toBe(true), PATIENCE);
    // This calls the function, because the SLEEP statement needs more rights than a service user has.
    const slow = 'RETURN sleep(3s)';
    await expect(database.query(slow, {})).rejects.toMatchObject({ code: 'SPOOKY_API_DATABASE_AWAY' });
    await vi.waitFor(async () => expect(await database.isReachable()).toBe(true), PATIENCE);
    expect(log().match(/connected to the database/g)).toHaveLength(2);
    await database.close();
  });

  it('passes on results and errors of the database', async () => {
    const { database } = connect(server.settings);
    await vi.waitFor(async () => expect(await database.isReachable()).toBe(true), PATIENCE);
    await expect(database.query('RETURN $a; RETURN 2', { a: 1 })).resolves.toEqual([1, 2]);
    await expect(database.query('THROW "no"', {})).rejects.toThrow('no');
    await database.close();
  });
});
