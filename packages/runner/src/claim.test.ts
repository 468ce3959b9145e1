import { setTimeout as delay } from 'node:timers/promises';
import type { Bindings } from '@spookify/surreal-link';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createClaim } from './claim.ts';
import { type Connection, createConnection } from './connection.ts';
import type { ParsedJob } from './job.ts';
import { silentLogger } from './logger.ts';
import { atNow, tableStatements } from './statements.ts';
import { createSetting, type Setting } from './testing/setting.ts';

const statements = tableStatements('job');
let setting: Setting;
let connection: Connection;

beforeAll(async () => {
  setting = await createSetting();
  connection = createConnection(setting.database.options, silentLogger, Math.random);
  await connection.open();
});
afterEach(() => setting.reset());
afterAll(async () => {
  await connection.close();
  await setting.close();
});

function claimer(runnerId: string) {
  return createClaim(
    connection,
    statements,
    { runnerId, leaseMs: 15_000, random: Math.random },
    new Map(),
    silentLogger,
  );
}

const idsOf = ({ jobs }: { jobs: readonly ParsedJob[] }) => jobs.map(({ job }) => String(job.id));

describe('a claim', () => {
  test('takes what is due, earliest first, up to the limit', async () => {
    const due = (ms: number) => setting.database.insert({ run_at: new Date(Date.now() + ms) });
    const [later, first, second, third] = [await due(60_000), await due(-3000), await due(-2000), await due(-1000)];
    const claimed = await claimer('one').take(2);
    expect(idsOf(claimed)).toEqual([first, second].map(String));
    expect(idsOf(await claimer('one').take(9))).toEqual([String(third)]);
    expect(await setting.database.row(later)).toMatchObject({ status: 'pending' });
  });

  test('begins where the last one ended, and at the beginning again after a rewind', async () => {
    const due = (ms: number) => setting.database.insert({ run_at: new Date(Date.now() - ms) });
    const claim = claimer('one');
    const first = await due(1000);
    expect(idsOf(await claim.take(5))).toEqual([String(first)]);
    const before = await due(60_000);
    const after = await due(500);
    expect(idsOf(await claim.take(5))).toEqual([String(after)]);
    claim.rewind();
    expect(idsOf(await claim.take(5))).toEqual([String(before)]);
  });

  // The cursor stands 100 ms before the last claimed job: here at .000, the start of a millisecond, and within one.
  test.each([
    ['00.100Z', '00.250Z'],
    ['00.100Z', '00.000400Z'],
    ['00.223Z', '00.123400Z'],
    ['00.223456Z', '00.123456789Z'],
  ])('after a job that was due at %s finds one that was due at %s', async (first, second) => {
    const insertAt = async (time: string) => {
      const at = `d'2026-01-01T00:00:${time}'`;
      const statement = `CREATE job SET path = '/spookify', payload = { id: 'thread:a' }, run_at = ${at} RETURN VALUE id`;
      return (await setting.database.query<unknown[]>(statement)).map(String);
    };
    const claim = claimer('one');
    const earlier = await insertAt(first);
    expect(idsOf(await claim.take(5))).toEqual(earlier);
    const later = await insertAt(second);
    expect(idsOf(await claim.take(5))).toEqual(later);
  });

  test('can afford fewer jobs of a database that is slow', async () => {
    const slow: Connection = Object.assign(Object.create(connection) as Connection, {
      query: async (statement: string, bindings?: Bindings) => {
        await delay(300);
        return await connection.query(statement, bindings);
      },
    });
    const options = { runnerId: 'one', leaseMs: 1000, random: Math.random };
    const claim = createClaim(slow, statements, options, new Map(), silentLogger);
    expect(claim.affordable).toBe(Number.POSITIVE_INFINITY);
    for (let n = 0; n < 3; n += 1) await setting.database.insert();
    expect(idsOf(await claim.take(3))).toHaveLength(3);
    // At 100 ms a job, of which the first claim believes half.
    expect(claim.affordable).toBeLessThanOrEqual(2);
  });

  test('begins at the beginning also when it was rewound while the one before was under way', async () => {
    const due = (ms: number) => setting.database.insert({ run_at: new Date(Date.now() - ms) });
    const claim = claimer('one');
    await due(1000);
    const underWay = claim.take(5);
    claim.rewind();
    expect(idsOf(await underWay)).toHaveLength(1);
    const before = await due(60_000);
    expect(idsOf(await claim.take(5))).toEqual([String(before)]);
  });

  test('gives each job a token of its own, and a lease', async () => {
    for (let job = 0; job < 3; job += 1) await setting.database.insert();
    const { jobs: claimed } = await claimer('one').take(3);
    expect(new Set(claimed.map(({ job }) => job.token)).size).toBe(3);
    for (const { job } of claimed) {
      const row = await setting.database.row(job.id);
      expect(row).toMatchObject({ status: 'processing', token: job.token, runner: 'one' });
      const left = new Date(String(row.lease_until)).getTime() - Date.now();
      expect(left).toBeGreaterThan(5_000);
      expect(left).toBeLessThanOrEqual(15_000);
    }
  });

  test('of two at the same time never gives both the same job', async () => {
    await setting.database.query(
      `FOR $i IN 0..200 { CREATE job SET path = '/spookify', payload = { id: 'thread:a' } RETURN NONE }`,
    );
    const takeAll = async (runner: string): Promise<string[]> => {
      const claim = claimer(runner);
      const ids: string[] = [];
      for (;;) {
        const taken = await claim.take(50);
        ids.push(...idsOf(taken));
        if (!taken.full) return ids;
      }
    };
    const ids = (await Promise.all(['one', 'two', 'three', 'four'].map(takeAll))).flat();
    expect(ids).toHaveLength(200);
    expect(new Set(ids).size).toBe(200);
  });

  test('reads just the due range of its index, however much waits', async () => {
    const explain = (statement: string) =>
      setting.database.query<string>(
        atNow(`LET $unwritable = []; RETURN EXPLAIN ${statement.replace('$limit', '10')}`),
      );
    expect(await explain(statements.claim.select)).toMatch(
      /IndexScan .*job_status_run_at, access: \['pending'\] LessThanEqual d'.*limit: 10/,
    );
    expect(await explain(statements.claim.selectExcept)).toMatch(
      /job_status_run_at, access: \['pending'\] LessThanEqual/,
    );
    expect(await explain(statements.rescue.select)).toMatch(/job_status_run_at, access: \['processing'\]/);
    expect(await explain(statements.requests)).not.toContain('TableScan');
    const nextDue = statements.nextDue.slice(statements.nextDue.indexOf('SELECT'), -1);
    expect(await explain(nextDue)).toMatch(/job_status_run_at, access: \['pending'\] MoreThan d'.*limit: 1/);
  });
});

describe('a row that makes no sense', () => {
  /** Writes past the schema, as an older one would have. */
  async function insertNonsense(fields: Record<string, string>): Promise<string> {
    const names = Object.keys(fields);
    const definitions = await setting.database.query<{ fields: Record<string, string> }>('INFO FOR TABLE job');
    for (const name of names) await setting.database.query(`DEFINE FIELD OVERWRITE ${name} ON job TYPE any`);
    const set = Object.entries(fields).map(([name, value]) => `${name} = ${value}`);
    await setting.database.query(
      `CREATE job:nonsense SET path = '/spookify', payload = { id: 'thread:a' }, ${set.join(', ')}`,
    );
    for (const name of names) {
      await setting.database.query(String(definitions.fields[name]).replace('DEFINE FIELD', 'DEFINE FIELD OVERWRITE'));
    }
    return 'job:nonsense';
  }

  test.each([[{ retries: `'many'` }], [{ reruns: '-1.5' }], [{ errors: `'none'` }], [{ progress: '7' }]])(
    '%j: is failed with a reason, and the others go on',
    async (fields: Record<string, string>) => {
      await insertNonsense({ ...fields, run_at: `d'2020-01-01T00:00:00Z'` });
      const other = await setting.database.insert();
      await setting.run();
      await setting.becomes(other, { status: 'success' });
      const [row] = await setting.database.query<unknown[]>('SELECT * FROM job:nonsense');
      expect(row).toMatchObject({ status: 'failed', errors: [{ code: 'job_unreadable' }] });
    },
  );

  test.each([[{ retry_strategy: `'quadratic'` }], [{ max_retries: `'few'` }], [{ payload: '7' }]])(
    '%j, which nobody may change: is passed over, and the others go on',
    async (fields: Record<string, string>) => {
      await insertNonsense({ ...fields, run_at: `d'2020-01-01T00:00:00Z'` });
      await setting.run({ live: false, pollIntervalMs: 50 });
      for (let job = 0; job < 3; job += 1)
        await setting.becomes(await setting.database.insert(), { status: 'success' });
      const [row] = await setting.database.query<unknown[]>('SELECT * FROM job:nonsense');
      expect(row).toMatchObject({ status: expect.stringMatching(/^(pending|failed)$/) });
    },
  );
});
