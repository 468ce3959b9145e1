import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { LinkState } from './connection/state.ts';
import { createLink, withLink } from './link.ts';
import type { LinkOptions } from './options.ts';
import { ROOT, startTestDatabase, type TestDatabase } from './testing/database.ts';
import { startRelay } from './testing/relay.ts';
import { startSilentServer } from './testing/silent-server.ts';

const PATIENCE = { timeout: 20_000, interval: 5 };

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.close());

/** Collects what a link logs: the reason of a warning, or its message. */
function collectLog() {
  const lines: string[] = [];
  const log = (...[details, message]: [unknown, string?]): void => {
    lines.push(message === undefined ? String(details) : String(Object(details).reason ?? message));
  };
  return { lines, logger: { info: log, warn: log } };
}

const failuresOf = (state: LinkState): number => ('failures' in state ? state.failures : 0);

describe('a link', () => {
  it('runs texts, and returns the last result or all of them', async () => {
    const link = database.link();
    await link.open();
    expect(await link.query('RETURN $a; RETURN [1, 2]; RETURN 3', { a: 1 })).toBe(3);
    expect(await link.queryAll('RETURN $a; RETURN [1, 2]; RETURN 3', { a: 1 })).toEqual([1, [1, 2], 3]);
    expect(await link.query('RETURN time::now()')).not.toBeInstanceOf(Date);
    const native = database.link({ nativeDates: true });
    await native.open();
    expect(await native.query('RETURN time::now()')).toBeInstanceOf(Date);
    expect(link.state.kind).toBe('connected');
  });

  it('repeats a transaction that loses conflicts until it wins', async () => {
    const link = database.link();
    const other = database.link();
    await Promise.all([link.open(), other.open()]);
    await link.query('CREATE counter:1 SET n = 0');
    const add = `{ LET $n = (SELECT VALUE n FROM ONLY counter:1); (SELECT * FROM note);
      UPDATE counter:1 SET n = $n + 1 }`;
    // Fewer writes than each one's attempts: even if all conflict in every round, one of them wins each round.
    const writes = 16;
    const all = Array.from({ length: writes }, (_, index) => (index % 2 === 0 ? link : other).query(add));
    await Promise.all(all);
    expect(await link.query('SELECT VALUE n FROM ONLY counter:1')).toBe(writes);
  });

  it.for([
    ['of the link', { conflictAttempts: 2 }, {}],
    ['of the query', {}, { conflictAttempts: 2 }],
  ] as const)(
    'reports that other transactions won all attempts %s, and asks for new values each time',
    async ([, ofLink, ofQuery]) => {
      const writer = database.link();
      // Only an owner may run SLEEP, which ensures that the writer is faster.
      const loser = database.link({ ...ROOT, levels: ['root'], ...ofLink });
      await Promise.all([writer.open(), loser.open()]);
      await writer.query('UPSERT busy:1 SET n = 0');
      const slow = '{ LET $n = (SELECT VALUE n FROM ONLY busy:1); SLEEP 100ms; UPDATE busy:1 SET n = $attempt }';
      let attempts: number[] = [];
      const values = (attempt: number) => {
        attempts.push(attempt);
        return { attempt };
      };
      let outcome: unknown;
      const lose = async (): Promise<void> => {
        // It sometimes wins, when the writer gets no turn while it sleeps.
        while (outcome === undefined) {
          attempts = [];
          await loser.query(slow, values, ofQuery).catch((error: unknown) => {
            outcome = error;
          });
        }
      };
      const losing = lose();
      while (outcome === undefined) await writer.query('UPDATE busy:1 SET n += 1');
      await losing;
      expect(outcome).toMatchObject({ code: 'SPOOKY_LINK_CONFLICT', message: expect.stringContaining('2 times') });
      expect(attempts).toEqual([1, 2]);
    },
  );

  it('keeps its connection when a value cannot be encoded or a statement is refused', async () => {
    const link = database.link();
    let connections = 0;
    link.onConnected(() => {
      connections += 1;
    });
    await link.open();
    await expect(link.query('RETURN $much', { much: 2n ** 70n })).rejects.toThrow('too big to be encoded');
    await expect(link.query('THROW "no"')).rejects.toThrow('no');
    await expect(link.query('DEFINE USER x ON DATABASE PASSWORD "p"')).rejects.toThrow('Not enough permissions');
    expect(await link.query('RETURN 1')).toBe(1);
    expect(connections).toBe(1);
  });

  it('opens a new connection when its session has expired', async () => {
    await database.asOwner((owner) =>
      owner.query(`DEFINE USER brief ON DATABASE PASSWORD 'p' ROLES EDITOR DURATION FOR SESSION 1s`),
    );
    const link = database.link({ username: 'brief', password: 'p' });
    const connected = vi.fn();
    link.onConnected(connected);
    await link.open();
    // The query that meets the end of the session was not run. The next connection runs it.
    await vi.waitFor(async () => {
      await link.query('RETURN 1').catch((error: unknown) => {
        expect(error).toMatchObject({ code: 'SPOOKY_LINK_AWAY' });
      });
      expect(connected.mock.calls.length).toBeGreaterThan(1);
    }, PATIENCE);
  });
});

describe('a link whose connection is lost', () => {
  it('fails calls in flight immediately, and reconnects', async () => {
    const relay = await startRelay(database.url);
    const link = database.link({ url: relay.url });
    await link.open();
    const underWay = link.query('FOR $i IN 0..100000 { LET $x = $i }');
    relay.mute();
    const pending = [underWay, link.query('RETURN 1'), link.query('RETURN 2')];
    relay.cut();
    for (const query of pending) await expect(query).rejects.toMatchObject({ code: 'SPOOKY_LINK_LOST' });
    await expect(link.query('RETURN 1')).rejects.toMatchObject({ code: 'SPOOKY_LINK_AWAY' });
    relay.unmute();
    await vi.waitFor(async () => expect(await link.query('RETURN 1')).toBe(1), PATIENCE);
  });

  it('ends a connection with a query that takes too long, and fails its other calls', async () => {
    const relay = await startRelay(database.url);
    const link = database.link({ url: relay.url, queryTimeoutMs: 30_000 });
    await link.open();
    relay.mute();
    const other = link.query('RETURN 1');
    const silent = link.query('RETURN 2', {}, { timeoutMs: 20 });
    await expect(silent).rejects.toMatchObject({ code: 'SPOOKY_LINK_SILENT' });
    await expect(other).rejects.toMatchObject({ code: 'SPOOKY_LINK_SILENT' });
    relay.unmute();
    await vi.waitFor(async () => expect(await link.query('RETURN 1')).toBe(1), PATIENCE);
  });

  it('detects a silent engine on a quiet connection by itself', async () => {
    const relay = await startRelay(database.url);
    const link = database.link({ url: relay.url, heartbeatMs: 20, queryTimeoutMs: 500 });
    await link.open();
    // If the machine stalls for longer than the time limit, the connection ends too. The next one serves as well.
    await vi.waitFor(async () => expect(await link.isReachable(20_000)).toBe(true), PATIENCE);
    relay.mute();
    await vi.waitFor(() => expect(link.connected).toBe(false), PATIENCE);
    expect(await link.isReachable(20_000)).toBe(false);
    relay.unmute();
    await vi.waitFor(() => expect(link.connected).toBe(true), PATIENCE);
  });

  it('keeps its connection when a listener throws', async () => {
    const { lines, logger } = collectLog();
    const link = database.link({ logger });
    link.onConnected(() => {
      throw new Error('mine');
    });
    await link.open();
    expect(await link.query('RETURN 1')).toBe(1);
    expect(lines).toContain('a listener for connections failed');
  });

  it('lets queries wait for the next connection if `waitMs` is set', async () => {
    const relay = await startRelay(database.url);
    const link = database.link({ url: relay.url, waitMs: 20_000 });
    await link.open();
    relay.cut();
    await vi.waitFor(() => expect(link.connected).toBe(false), PATIENCE);
    expect(await link.query('RETURN 1')).toBe(1);
    // Also at the moment at which the connection is lost.
    relay.cut();
    const lost = link.query('RETURN 1').catch((error: unknown) => error);
    await lost;
    expect(await link.query('RETURN 1')).toBe(1);
    relay.mute();
    relay.cut();
    const brief = database.link({ url: relay.url, waitMs: 50 });
    brief.open().catch(() => undefined);
    await expect(brief.query('RETURN 1')).rejects.toMatchObject({ code: 'SPOOKY_LINK_AWAY' });
  });

  it('logs the loss, and each reason for a failed attempt once', async () => {
    const { lines, logger } = collectLog();
    let pauses = 0;
    const random = (): number => {
      pauses += 1;
      return 0.5;
    };
    const user = 'DEFINE USER OVERWRITE logged ON DATABASE ROLES EDITOR PASSWORD';
    await database.asOwner((owner) => owner.query(`${user} 'one'`));
    const relay = await startRelay(database.url);
    const link = database.link({
      url: relay.url,
      username: 'logged',
      password: 'one',
      name: 'the tester',
      logger,
      random,
    });
    await link.open();
    expect(lines.splice(0)).toEqual(['connected to the database']);
    await database.asOwner((owner) => owner.query(`${user} 'two'`));
    relay.cut();
    await vi.waitFor(() => expect(pauses).toBeGreaterThan(3), PATIENCE);
    expect(lines.splice(0)).toEqual([
      'the connection to the database is lost; connecting again',
      expect.stringContaining('does not let the tester in'),
    ]);
    await database.asOwner((owner) => owner.query(`${user} 'one'`));
    await vi.waitFor(() => expect(link.connected).toBe(true), PATIENCE);
    expect(lines.splice(0)).toEqual(['connected to the database again']);
  });
});

describe('opening a link', () => {
  const nowhere = async (): Promise<string> => {
    const server = await startSilentServer();
    await server.close();
    return server.url;
  };

  it('waits for a database that is away', async () => {
    const { lines, logger } = collectLog();
    const link = database.link({ url: await nowhere(), logger, firstPauseMs: 1, lastPauseMs: 5 });
    const opened = link.open();
    await vi.waitFor(() => expect(failuresOf(link.state)).toBeGreaterThan(4), PATIENCE);
    expect(lines).toEqual(['the database is away; the link reconnects as soon as it is back']);
    await link.close();
    await expect(opened).rejects.toMatchObject({ code: 'SPOOKY_LINK_CLOSED' });
  });

  it('gives up when the user is refused, or at any failure, as `giveUp` says', async () => {
    const refused = database.link({ password: 'wrong' });
    await expect(refused.open()).rejects.toMatchObject({
      code: 'SPOOKY_LINK_SIGN_IN_REFUSED',
      message: expect.stringContaining('does not let service in'),
    });
    expect(refused.state).toEqual({ kind: 'gave-up', reason: 'SPOOKY_LINK_SIGN_IN_REFUSED' });
    const away = database.link({ url: await nowhere(), giveUp: 'failed' });
    await expect(away.open()).rejects.toMatchObject({ code: 'SPOOKY_LINK_AWAY' });
    const patient = database.link({ password: 'wrong', giveUp: 'never', firstPauseMs: 1, lastPauseMs: 5 });
    patient.open().catch(() => undefined);
    await vi.waitFor(() => expect(failuresOf(patient.state)).toBeGreaterThan(2), PATIENCE);
  });

  it('does not wait for a server that accepts the connection but never answers, and leaves no socket behind', async () => {
    const silent = await startSilentServer();
    const link = database.link({ url: silent.url, connectTimeoutMs: 50, giveUp: 'failed' });
    await expect(link.open()).rejects.toMatchObject({ code: 'SPOOKY_LINK_SILENT' });
    await vi.waitFor(() => expect(silent.sockets.size).toBe(0), PATIENCE);
    const closed = database.link({ url: silent.url });
    const opened = closed.open();
    await vi.waitFor(() => expect(silent.sockets.size).toBe(1), PATIENCE);
    await closed.close();
    await expect(opened).rejects.toMatchObject({ code: 'SPOOKY_LINK_CLOSED' });
    await vi.waitFor(() => expect(silent.sockets.size).toBe(0), PATIENCE);
  });

  it.for([
    [{ url: 'nonsense' }, 'url'],
    [{ url: 'ftp://127.0.0.1' }, 'url'],
    [{ queryTimeoutMs: 0 }, 'queryTimeoutMs'],
    [{ waitMs: -1 }, 'waitMs'],
    [{ conflictAttempts: 0 }, 'conflictAttempts'],
    [{ levels: [] }, 'levels'],
  ] satisfies [Partial<LinkOptions>, string][])('refuses %o', ([options, named]) => {
    expect(() => createLink({ ...database.options, ...options })).toThrow(
      expect.objectContaining({ code: 'SPOOKY_LINK_BAD_OPTIONS', message: expect.stringContaining(named) }),
    );
  });

  it('accepts the HTTP address of the database too', async () => {
    const { host } = new URL(database.url);
    expect(await withLink({ ...database.options, url: `http://${host}` }, (link) => link.query('RETURN 1'))).toBe(1);
  });
});

describe('closing a link', () => {
  it('can be repeated, in any state, and refuses calls afterwards', async () => {
    const link = database.link();
    await link.close();
    await expect(link.open()).rejects.toMatchObject({ code: 'SPOOKY_LINK_CLOSED' });
    const open = database.link();
    await open.open();
    const underWay = open.query('RETURN 1');
    const settled = underWay.then(
      () => 'answered',
      (error: unknown) => error,
    );
    await Promise.all([open.close(), open.close()]);
    expect(['answered', expect.objectContaining({ code: 'SPOOKY_LINK_CLOSED' })]).toContainEqual(await settled);
    await expect(open.query('RETURN 1')).rejects.toMatchObject({ code: 'SPOOKY_LINK_CLOSED' });
    await expect(open.listen('LIVE SELECT * FROM note', vi.fn(), vi.fn())).rejects.toMatchObject({
      code: 'SPOOKY_LINK_CLOSED',
    });
    expect(open.state).toEqual({ kind: 'closed' });
  });
});

describe('withLink', () => {
  it('signs in at the first level that knows the user, and defines what is missing', async () => {
    const owner = {
      ...database.options,
      namespace: 'new',
      database: 'fresh',
      username: 'root',
      levels: ['root'],
    } as const;
    const root = { ...owner, password: 'root-of-a-test', defineMissing: true };
    await withLink(root, (link) =>
      link.query(`DEFINE USER manager ON NAMESPACE PASSWORD 'p' ROLES OWNER;
        DEFINE USER keeper ON DATABASE PASSWORD 'p' ROLES OWNER`),
    );
    const levels = ['root', 'namespace', 'database'] as const;
    const whoami = (username: string, name = 'fresh') =>
      withLink({ ...root, username, password: 'p', levels, database: name }, (link) =>
        link.query('RETURN $session.db'),
      );
    expect(await whoami('keeper')).toBe('fresh');
    expect(await whoami('manager', 'another')).toBe('another');
    await expect(whoami('stranger')).rejects.toMatchObject({ code: 'SPOOKY_LINK_SIGN_IN_REFUSED' });
  });
});
