import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startTestDatabase, type TestDatabase } from './testing/database.ts';
import { startRelay } from './testing/relay.ts';

const PATIENCE = { timeout: 20_000, interval: 5 };

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
  const tables = ['seen', 'own', 'thrown', 'place', 'slow', 'broken', 'half'];
  await database.asOwner((owner) => owner.queryAll(tables.map((name) => `DEFINE TABLE ${name}`).join(';')));
});
afterAll(() => database.close());

describe('a transaction of several requests', () => {
  it('reads a snapshot of one moment, and writes when its work resolves', async () => {
    const link = database.link();
    await link.open();
    await link.query('CREATE seen:1 SET n = 1');
    const read = await link.transaction(async (tx) => {
      const before = await tx.query('SELECT VALUE n FROM ONLY seen:1');
      await link.query('UPDATE seen:1 SET n = 2');
      await tx.query('CREATE own:1');
      expect(await link.query('SELECT VALUE id FROM own')).toEqual([]);
      return [before, await tx.query('SELECT VALUE n FROM ONLY seen:1')];
    });
    expect(read).toEqual([1, 1]);
    expect(await link.query('SELECT VALUE n FROM ONLY seen:1')).toBe(2);
    expect(await link.query('count(SELECT id FROM own)')).toBe(1);
  });

  it('writes nothing when its work throws, and refuses queries afterwards', async () => {
    const link = database.link();
    await link.open();
    let late: (() => Promise<unknown>) | undefined;
    const failing = link.transaction(async (tx) => {
      late = () => tx.query('CREATE thrown:2');
      await tx.query('CREATE thrown:1');
      throw new Error('mine');
    });
    await expect(failing).rejects.toThrow('mine');
    await expect(late?.()).rejects.toMatchObject({ code: 'SPOOKY_LINK_CLOSED' });
    expect(await link.query('SELECT * FROM thrown')).toEqual([]);
  });

  it('reports a conflict, and runs again only if `attempts` allows it', async () => {
    const link = database.link();
    await link.open();
    const race = { runs: 0, others: 1 };
    const add = (attempts?: number) =>
      link.transaction(
        async (tx) => {
          race.runs += 1;
          await tx.query('SELECT * FROM place');
          if (race.others > 0) await link.query('CREATE type::record("place", $others)', { others: race.others });
          race.others -= 1;
          await tx.query('CREATE place:1');
        },
        attempts === undefined ? {} : { attempts },
      );
    await expect(add()).rejects.toMatchObject({ code: 'SPOOKY_LINK_CONFLICT' });
    expect(race.runs).toBe(1);
    await link.query('DELETE place');
    Object.assign(race, { runs: 0, others: 1 });
    await expect(add(2)).rejects.toThrow('already exists');
    expect(race.runs).toBe(2);
  });

  it('is cancelled when it takes too long, and keeps its connection', async () => {
    const link = database.link();
    const connected = vi.fn();
    link.onConnected(connected);
    await link.open();
    const forever = link.transaction(
      async (tx) => {
        await tx.query('CREATE slow:1');
        await new Promise(() => undefined);
      },
      { timeoutMs: 20 },
    );
    await expect(forever).rejects.toMatchObject({ code: 'SPOOKY_LINK_SILENT', message: /cancelled/ });
    expect(await link.query('SELECT * FROM slow')).toEqual([]);
    expect(connected).toHaveBeenCalledTimes(1);
  });

  it('fails immediately with its connection, and writes nothing', async () => {
    const relay = await startRelay(database.url);
    const link = database.link({ url: relay.url, waitMs: 20_000 });
    await link.open();
    const broken = link.transaction(async (tx) => {
      await tx.query('CREATE broken:1');
      relay.cut();
      await new Promise(() => undefined);
    });
    await expect(broken).rejects.toMatchObject({ code: 'SPOOKY_LINK_LOST' });
    expect(await link.query('SELECT * FROM broken')).toEqual([]);
  });

  it('leaves no transaction on the server, however it ended', async () => {
    const link = database.link();
    await link.open();
    // More than a connection may have open at a time.
    for (let round = 0; round < 70; round += 1) {
      const ending = link.transaction(
        async (tx) => {
          await tx.query('RETURN 1');
          if (round % 3 === 0) throw new Error('mine');
          if (round % 3 === 1) await tx.query('THROW "theirs"');
          if (round % 3 === 2) await new Promise(() => undefined);
        },
        { timeoutMs: round % 3 === 2 ? 1 : 10_000 },
      );
      await expect(ending).rejects.toThrow();
    }
    const together = Array.from({ length: 60 }, () => link.transaction((tx) => tx.query('RETURN 1')));
    expect(await Promise.all(together)).toHaveLength(60);
  });

  it('continues after a failed statement, and returns the outcome of each', async () => {
    const link = database.link();
    await link.open();
    await link.transaction(async (tx) => {
      await tx.query('THROW "no"').catch(() => undefined);
      const outcomes = await tx.settled('CREATE half:1 RETURN NONE; THROW "mine"; RETURN $n; SELECT * FROM nowhere', {
        n: 7,
      });
      expect(outcomes).toEqual([
        { status: 'fulfilled', value: [] },
        { status: 'rejected', reason: expect.objectContaining({ message: expect.stringContaining('mine') }) },
        { status: 'fulfilled', value: 7 },
        { status: 'rejected', reason: expect.objectContaining({ message: expect.stringContaining('nowhere') }) },
      ]);
    });
    expect(await link.query('SELECT VALUE id FROM half')).toHaveLength(1);
  });

  it('adds up the run time of its statements as the engine measures it', async () => {
    const link = database.link();
    await link.open();
    await link.transaction(async (tx) => {
      expect(tx.engineMs).toBe(0);
      await tx.query('RETURN 1');
      const short = tx.engineMs;
      expect(short).toBeGreaterThan(0);
      await tx.settled('RETURN sleep(20ms); THROW "mine"');
      expect(tx.engineMs).toBeGreaterThanOrEqual(short + 20);
    });
  });
});

describe('the write signal', () => {
  it('resolves with a number immediately, and with another one after a write of another link', async () => {
    const link = database.link();
    await link.open();
    const first = await link.writeSignal();
    expect(first).toBeTypeOf('number');
    const waiting = link.writeSignal(first);
    await link.query('CREATE signalled');
    expect(await link.writeSignal(first, 1)).toBe(first);
    const other = database.link();
    await other.open();
    await other.query('CREATE signalled');
    expect(await waiting).not.toBe(first);
    const now = await link.writeSignal();
    expect(await link.writeSignal(now, 1)).toBe(now);
  });

  it('ends with its connection', async () => {
    const relay = await startRelay(database.url);
    const link = database.link({ url: relay.url });
    await link.open();
    const waiting = link.writeSignal(await link.writeSignal());
    relay.cut();
    await expect(waiting).rejects.toMatchObject({ code: 'SPOOKY_LINK_LOST' });
    await vi.waitFor(() => expect(link.connected).toBe(true), PATIENCE);
  });
});
