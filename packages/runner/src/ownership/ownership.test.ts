import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Connection, createConnection } from '../connection.ts';
import { RunnerError } from '../errors.ts';
import { silentLogger } from '../logger.ts';
import { type Child, startChild } from '../testing/child.ts';
import { startDatabase, type TestDatabase } from '../testing/database.ts';
import { eventually } from '../testing/fixture.ts';
import { FAST, startOwner, type TestOwner, type TestOwnerOptions } from '../testing/owner.ts';
import type { OwnerReport } from '../testing/ownership-entry.ts';
import { isFenced } from './fence.ts';
import { describeHost } from './host.ts';
import { installOwnership } from './install.ts';

// A busy machine takes its time.
vi.setConfig({ testTimeout: 120_000 });
const PATIENCE_MS = 60_000;

const ALL = [0, 1, 2, 3, 4, 5, 6, 7];

let database: TestDatabase;
beforeAll(async () => {
  database = await startDatabase();
});
afterAll(() => database.close());
beforeEach(() => database.query('DELETE spooky_partition; DELETE spooky_runner; DELETE spooky_fence'));

async function start(options: TestOwnerOptions = {}, where = database): Promise<TestOwner> {
  const owner = await startOwner(where.options, options);
  onTestFinished(() => owner.close());
  return owner;
}

/** Waits until the owners share all partitions fairly, in memory and in the rows. */
async function expectShared(...owners: readonly TestOwner[]): Promise<void> {
  await eventually(async () => {
    const shares = owners.map((owner) => owner.numbers());
    expect(shares.flat().toSorted()).toEqual(ALL);
    const sizes = shares.map(({ length }) => length);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    for (const owner of owners) expect(await stored(owner)).toEqual(owner.numbers());
  }, PATIENCE_MS);
}

/** The partitions that it owns according to the rows. */
async function stored({ ownership }: TestOwner): Promise<number[]> {
  const numbers = await database.query<number[]>(
    'SELECT VALUE record::id(id)[1] FROM spooky_partition WHERE owner = $runner',
    { runner: ownership.runner },
  );
  return numbers.toSorted((a, b) => a - b);
}

const crashes = (): Promise<number[]> => database.query('SELECT VALUE crashes FROM spooky_partition');
const runnerIds = (): Promise<string[]> => database.query('SELECT VALUE record::id(id) FROM spooky_runner');

function lostBy({ events }: TestOwner): string[] {
  return events.flatMap((event) => (event.kind === 'lost' ? [event.why] : []));
}

/** A connection that passes each statement through `meddle`. */
function meddling(
  connection: Connection,
  meddle: (send: () => Promise<unknown>, text: string) => Promise<unknown>,
): Connection {
  return Object.create(connection, {
    query: {
      value: (text: string, bindings?: Record<string, unknown>) => meddle(() => connection.query(text, bindings), text),
    },
  });
}

describe('joining', () => {
  it('gives everything to the only runner, which may start calls', async () => {
    const one = await start({ runnerId: 'one' });
    await expectShared(one);
    expect(one.ownership.runner).toMatch(/^one:/);
    expect(one.ownership.mayStart).toBe(true);
    expect(one.events.map((event) => event.kind)).toEqual(ALL.map(() => 'taken'));
    expect(one.events).toContainEqual({ kind: 'taken', number: 0, carefulUntil: undefined });
  });

  it('shares among runners that start at the same moment, and creates each partition once', async () => {
    const owners = await Promise.all([start(), start(), start(), start()]);
    await expectShared(...owners);
    expect(await crashes()).toEqual(ALL.map(() => 0));
  });

  it('takes a partition from a living owner only after the owner has handed it over', async () => {
    const one = await start();
    await expectShared(one);
    const finished = Promise.withResolvers<void>();
    const slow = await start({ handOver: () => finished.promise });
    await expectShared(one, slow);
    const three = await start();
    await eventually(() => expect(slow.events).toContainEqual(expect.objectContaining({ kind: 'handing over' })));
    await eventually(() => expect(three.numbers().length).toBeGreaterThan(0));
    // However long the handover takes, an unfinished partition stays with its owner.
    const beats = await beatOf(three);
    await eventually(async () => expect(await beatOf(three)).toBeGreaterThan(beats + 5));
    expect(slow.numbers()).toHaveLength(4);
    expect(await stored(slow)).toHaveLength(4);
    expect(slow.events.filter(({ kind }) => kind === 'handing over')).toHaveLength(1);
    finished.resolve();
    await expectShared(one, slow, three);
    expect(await crashes()).toEqual(ALL.map(() => 0));
  });

  it('repeats a handover that failed', async () => {
    let failures = 0;
    const one = await start({
      async handOver() {
        failures += 1;
        if (failures < 3) throw new Error('not yet');
      },
    });
    await expectShared(one);
    await expectShared(one, await start());
    expect(one.log.filter((line) => line.includes('not yet'))).toHaveLength(2);
  });

  it('divides each table among the runners that deliver it', async () => {
    const both = await start({ tables: ['job', 'mail'] });
    const one = await start({ tables: ['mail'] });
    await eventually(() => {
      const mine = (owner: TestOwner, table: string) => owner.ownership.owned.filter((part) => part.table === table);
      expect([mine(both, 'job').length, mine(both, 'mail').length, mine(one, 'mail').length]).toEqual([8, 4, 4]);
    });
  });

  it('leaves some runners without partitions if there are too few', async () => {
    await database.query(`CREATE spooky_partition:['job', 5] SET crashes = 0`);
    const owners = await Promise.all([start(), start()]);
    await eventually(() => expect(owners.flatMap((owner) => owner.numbers())).toEqual([5]));
    const [has, hasNot] = owners.toSorted((a, b) => b.numbers().length - a.numbers().length);
    await has?.ownership.stop();
    await eventually(() => expect(hasNot?.numbers()).toEqual([5]));
  });
});

async function beatOf({ ownership }: TestOwner): Promise<number> {
  return database.query(`SELECT VALUE beat FROM ONLY type::record('spooky_runner', $runner)`, {
    runner: ownership.runner,
  });
}

describe('stopping', () => {
  it('hands over everything and removes its rows', async () => {
    const one = await start();
    const two = await start();
    await expectShared(one, two);
    await Promise.all([one.ownership.stop(), one.ownership.stop()]);
    expect(one.events.filter(({ kind }) => kind === 'handing over').length).toBeGreaterThanOrEqual(4);
    expect(one.ownership).toMatchObject({ owned: [], runner: undefined, mayStart: false });
    expect(lostBy(one)).toEqual([]);
    await expectShared(two);
    expect(await crashes()).toEqual(ALL.map(() => 0));
    expect(await runnerIds()).toEqual([two.ownership.runner]);
    const fences = await database.query('SELECT VALUE record::id(id)[0] FROM spooky_fence');
    expect(fences).toEqual([two.ownership.runner, two.ownership.runner]);
    await one.ownership.stop();
  });

  it('keeps what is not finished, while others take the rest', async () => {
    const finished = Promise.withResolvers<void>();
    const one = await start({ handOver: ({ number }) => (number === 3 ? finished.promise : Promise.resolve()) });
    await expectShared(one);
    const stopped = one.ownership.stop();
    expect(one.ownership.mayStart).toBe(false);
    const two = await start();
    await eventually(() => expect(two.numbers()).toEqual(ALL.filter((number) => number !== 3)));
    expect(await stored(one)).toEqual([3]);
    finished.resolve();
    await stopped;
    await expectShared(two);
  });

  it('resolves before the start, during the start, and when the connection is closed', async () => {
    const away = createConnection({ ...database.options, url: 'ws://127.0.0.1:1/rpc' }, silentLogger, Math.random);
    onTestFinished(() => away.close());
    const idle = await start({ through: () => away });
    await idle.ownership.stop();
    const starting = await start();
    await starting.ownership.stop();
    expect(await runnerIds()).toEqual([]);
    const cut = await start({ handOver: () => new Promise(() => {}) });
    await expectShared(cut);
    const stopped = cut.ownership.stop();
    await cut.disconnect();
    await stopped;
  });
});

describe('death', () => {
  it('is found by silence; the others take over carefully and can write', async () => {
    const one = await start();
    const two = await start();
    await expectShared(one, two);
    const { runner = '' } = one.ownership;
    const before = one.numbers();
    const ownStatement = one.ownership.fenced(0, 'RETURN 1');
    const since = await database.query('RETURN time::now()');
    await one.disconnect();
    await expectShared(two);
    expect(two.events).toContainEqual({ kind: 'death', runners: [runner] });
    for (const number of before) {
      const taken = two.events.findLast((event) => event.kind === 'taken' && event.number === number);
      expect(Number(taken?.kind === 'taken' && taken.carefulUntil)).toBeGreaterThan(Number(new Date(String(since))));
    }
    const rows = await database.query<{ crashes: number; careful_until?: unknown }[]>(
      'SELECT crashes, careful_until, id FROM spooky_partition ORDER BY id',
    );
    expect(rows.map((row) => row.crashes)).toEqual(ALL.map((number) => (before.includes(number) ? 1 : 0)));
    expect(rows.map((row) => row.careful_until !== undefined)).toEqual(ALL.map((number) => before.includes(number)));
    await expect(two.connection.query(ownStatement)).rejects.toSatisfy(isFenced);
    expect(await two.connection.query(two.ownership.fenced(0, 'LET $two = $one + 1; $two'), { one: 1 })).toBe(2);
  });

  it('leaves its partitions careful for later owners too', async () => {
    const one = await start();
    await expectShared(one);
    await one.disconnect();
    const two = await start();
    await expectShared(two);
    await two.ownership.stop();
    const three = await start();
    await expectShared(three);
    const careful = three.events.flatMap((event) =>
      event.kind === 'taken' ? [event.carefulUntil instanceof Date] : [],
    );
    expect(careful).toEqual(ALL.map(() => true));
  });

  it('is found at once on the same machine', async () => {
    const child = spawn('sleep', ['1000']);
    const { pid } = child;
    const host = pid === undefined ? undefined : describeHost(pid);
    if (host === undefined) throw new Error('this machine cannot tell its processes');
    const patient = { timing: { deadAfterMs: 600_000 } };
    const one = await start({ ...patient, host });
    const two = await start(patient);
    await expectShared(one, two);
    await one.disconnect();
    expect(two.numbers()).toHaveLength(4);
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    await expectShared(two);
  });

  it('of all runners leaves everything to the next one that starts', async () => {
    const owners = await Promise.all([start(), start(), start()]);
    await expectShared(...owners);
    await Promise.all(owners.map((owner) => owner.disconnect()));
    const next = await start();
    await expectShared(next);
    const dead = next.events.flatMap((event) => (event.kind === 'death' ? event.runners : []));
    expect(dead).toHaveLength(3);
  });

  it('is forgotten after some time, when no partition names the dead runner', async () => {
    const one = await start({ timing: { forgetAfterMs: 300 } });
    await expectShared(one);
    await one.disconnect();
    const two = await start({ timing: { forgetAfterMs: 300 } });
    await expectShared(two);
    await eventually(async () => expect(await runnerIds()).toEqual([two.ownership.runner]));
    expect(await database.query('SELECT VALUE id FROM spooky_fence WHERE !alive')).toEqual([]);
    expect(two.events.filter(({ kind }) => kind === 'death')).toHaveLength(1);
  });

  it('is assumed when its partition rows are changed from outside', async () => {
    const one = await start();
    await expectShared(one);
    const { runner } = one.ownership;
    await database.query(`UPDATE spooky_partition:['job', 2] SET owner = 'somebody'`);
    await eventually(() => expect(lostBy(one)).toEqual(['dead']));
    await expectShared(one);
    expect(one.ownership.runner).not.toBe(runner);
    expect(await crashes()).toEqual(ALL.map(() => 1));
  });
});

describe('a process', () => {
  async function startProcess(deadAfterMs: number): Promise<{ child: Child; report(): OwnerReport }> {
    const argument = { database: database.options, deadAfterMs, tables: ['job'] };
    const child = await startChild(new URL('../testing/ownership-entry.ts', import.meta.url), argument);
    onTestFinished(() => child.kill());
    let last = child.ready as OwnerReport;
    child.onMessage((message) => {
      last = message as OwnerReport;
    });
    return { child, report: () => last };
  }

  it('is dead after kill -9, and replaced at the next beat', async () => {
    const { child, report } = await startProcess(600_000);
    await eventually(() => expect(report().numbers).toEqual(ALL));
    await child.kill();
    const next = await start({ timing: { deadAfterMs: 600_000 } });
    await expectShared(next);
    expect(await crashes()).toEqual(ALL.map(() => 1));
  });

  it('continues under a new id after a pause in which others took over', async () => {
    const { child, report } = await startProcess(FAST.deadAfterMs);
    await eventually(() => expect(report().numbers).toEqual(ALL));
    const { runner } = report();
    child.signal('SIGSTOP');
    const other = await start();
    await expectShared(other);
    child.signal('SIGCONT');
    await eventually(() => expect(report().lost.at(-1)).toBe('dead'));
    await eventually(() => expect([report().numbers.length, other.numbers().length]).toEqual([4, 4]));
    expect(report().runner).not.toBe(runner);
    expect(lostBy(other)).toEqual([]);
  });
});

describe('a failing database', () => {
  it('is waited for; after an outage nothing is taken over and calls continue', async () => {
    const own = await startDatabase();
    onTestFinished(() => own.close());
    const one = await start({}, own);
    const two = await start({}, own);
    await eventually(() => expect([one.numbers().length, two.numbers().length]).toEqual([4, 4]));
    const ids = [one.ownership.runner, two.ownership.runner];
    const numbers = one.numbers();
    const stoppedAt = performance.now();
    await own.stop();
    for (const owner of [one, two]) {
      await eventually(() => expect(owner.events.at(-1)).toEqual({ kind: 'lost', why: 'unsure' }));
    }
    expect(one.ownership.mayStart).toBe(false);
    await eventually(() => expect(performance.now() - stoppedAt).toBeGreaterThan(FAST.deadAfterMs * 2));
    await own.start();
    await eventually(() => expect(one.events.at(-1)).toEqual({ kind: 'sure' }));
    await eventually(() => expect(two.events.at(-1)).toEqual({ kind: 'sure' }));
    expect(one.ownership.mayStart).toBe(true);
    const beats = 'SELECT VALUE beat FROM spooky_runner';
    const before = await own.query<number[]>(beats);
    await eventually(async () => {
      const now = await own.query<number[]>(beats);
      expect(Math.min(...now.map((beat, index) => beat - (before[index] ?? 0)))).toBeGreaterThan(10);
    });
    expect([one.ownership.runner, two.ownership.runner]).toEqual(ids);
    expect(one.numbers()).toEqual(numbers);
    expect(await own.query('SELECT VALUE crashes FROM spooky_partition')).toEqual(ALL.map(() => 0));
  });

  it('may lose answers; the rows decide what happened', async () => {
    let lost = 0;
    const through = (connection: Connection): Connection =>
      meddling(connection, async (send) => {
        const answer = await send();
        if (Math.random() < 0.6) return answer;
        lost += 1;
        throw new RunnerError('SPOOKY_RUNNER_DATABASE_AWAY', 'lost on the way');
      });
    const one = await start({ through });
    const two = await start({ through });
    await expectShared(one, two);
    await eventually(() => expect(lost).toBeGreaterThan(10));
    await one.ownership.stop();
    await expectShared(two);
    // Being unsure would be correct here: many beats are not confirmed.
    expect([...lostBy(one), ...lostBy(two)]).not.toContain('dead');
    expect(await crashes()).toEqual(ALL.map(() => 0));
  });

  it('without the tables is logged once, and used when they exist', async () => {
    const own = await startDatabase();
    onTestFinished(() => own.close());
    const tables = ['spooky_runner', 'spooky_partition', 'spooky_fence'];
    await own.query(tables.map((table) => `REMOVE TABLE ${table}`).join(';'));
    let turns = 0;
    const through = (connection: Connection): Connection =>
      meddling(connection, (send) => {
        turns += 1;
        return send();
      });
    const one = await start({ through }, own);
    await eventually(() => expect(turns).toBeGreaterThan(5));
    expect(one.log.filter((line) => line.includes('spooky db migrate'))).toHaveLength(1);
    await installOwnership({ queryAll: own.query });
    await eventually(() => expect(one.numbers()).toEqual(ALL));
  });
});
