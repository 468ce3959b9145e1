/** Jobs that are made to do harm: other users' jobs run as usual, and each hostile job ends with a reason. */
import { pino } from 'pino';
import { RecordId } from 'surrealdb';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createFixture, eventually, type Fixture } from '../testing/fixture.ts';

let fixture: Fixture;

beforeAll(async () => {
  // In its own process, so that a stuck server does not keep the test from noticing.
  fixture = await createFixture('own process');
  await fixture.database.query(`CREATE user:mallory SET username = 'mallory'; CREATE user:ada SET username = 'ada'`);
});
afterEach(() => fixture.reset());
afterAll(() => fixture.close());

const MALLORY = new RecordId('user', 'mallory');
const ADA = new RecordId('user', 'ada');

async function adasJobs(count: number): Promise<string[]> {
  const ids = [];
  for (let n = 0; n < count; n += 1) ids.push(await fixture.database.insert({ created_by: ADA }));
  return ids.map(String);
}

const callsOf = (ids: readonly string[]): string[] =>
  fixture.backend.calls.map(({ job }) => job).filter((job) => ids.includes(job));

async function adasEnd(ids: readonly string[], patienceMs?: number): Promise<void> {
  await eventually(async () => {
    const open = `SELECT VALUE id FROM job WHERE created_by = user:ada AND status != 'success'`;
    expect(await fixture.database.query(open)).toEqual([]);
  }, patienceMs);
  expect(callsOf(ids).toSorted()).toEqual(ids.toSorted());
}

test('fails 8 MB payloads with a reason', { timeout: 120_000 }, async () => {
  const hostile: RecordId[] = [];
  for (let n = 0; n < 12; n += 1) {
    hostile.push(
      ...(await fixture.database.query<RecordId[]>(
        `CREATE job SET path = '/spookify', created_by = user:mallory, payload = { id: array::repeat(string::repeat('x', 1000000), 8) } RETURN VALUE id`,
      )),
    );
  }
  const ids = await adasJobs(20);
  await fixture.run();
  await adasEnd(ids, 60_000);
  for (const id of hostile) {
    const [row] = await eventually(async () => {
      const rows = await fixture.database.query<{ status: string; errors: unknown }[]>(
        'SELECT status, errors FROM $id',
        { id },
      );
      expect(rows).toMatchObject([{ status: 'failed' }]);
      return rows;
    }, 60_000);
    expect(row?.errors).toMatchObject([{ attempt: 1, code: 'payload_too_large' }]);
  }
  expect(fixture.backend.calls).toHaveLength(20);
});

describe('with a payload of', () => {
  test.each([
    ['a regular expression', `{ id: <regex> 'x.*' }`],
    ['a set', `{ id: <set> [1, 2, 2] }`],
    ['NaN', `{ id: NaN }`],
    ['infinity', `{ id: math::inf }`],
    ['bytes', `{ id: <bytes> 'abc' }`],
    ['a prototype', `{ "__proto__": { id: 'x' } }`],
  ])('%s, fails the job with a reason and delivers the others', async (_, payload) => {
    await fixture.database.query(
      `CREATE job:hostile SET path = '/spookify', created_by = user:mallory, payload = ${payload}, run_at = time::now() - 1h RETURN NONE`,
    );
    const ids = await adasJobs(5);
    await fixture.run();
    await adasEnd(ids);
    const status = await eventually(async () => {
      const rows = await fixture.database.query<{ status: string; codes: string[] }[]>(
        'SELECT status, errors.code AS codes FROM job:hostile',
      );
      expect(rows).toMatchObject([{ status: 'failed' }]);
      return rows;
    });
    expect(status).toMatchObject([{ codes: [expect.stringMatching(/^(payload_refused|job_unreadable)$/)] }]);
    expect(fixture.backend.calls).toHaveLength(5);
  });

  test('a thousand levels, ends the job and delivers the others', async () => {
    let payload: unknown = 'x';
    for (let level = 0; level < 90; level += 1) payload = [payload];
    await fixture.database.query(
      `CREATE job:hostile SET path = '/spookify', created_by = user:mallory, run_at = time::now() - 1h,
        payload = { id: $levels.fold($payload, |$value, $level| [$value]) } RETURN NONE`,
      { payload, levels: Array.from({ length: 910 }, (_, level) => level) },
    );
    const ids = await adasJobs(5);
    await fixture.run();
    await adasEnd(ids);
    await eventually(async () => {
      expect(await fixture.database.query('SELECT VALUE status FROM job:hostile')).toEqual(['failed']);
    });
  });
});

test('logs no raw control character of ids and paths', async () => {
  const lines: string[] = [];
  const logger = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
  const names = ['\u001b[2J', '\u0007', '\r\nfaked: line', '\u009b31m', '\u202e', 'a⟩b', '\u0000'.slice(1)];
  for (const name of names) {
    for (const path of ['/spookify', `/${name}`]) {
      await fixture.database.query(
        `CREATE $id SET path = $path, payload = { id: 'thread:a' }, created_by = user:mallory RETURN NONE`,
        { id: new RecordId('job', `${name}-${path.length}`), path },
      );
    }
  }
  const ids = await adasJobs(5);
  await fixture.run({ logger });
  await adasEnd(ids);
  await eventually(async () => {
    expect(await fixture.database.query(`SELECT VALUE id FROM job WHERE status IN ['pending', 'processing']`)).toEqual(
      [],
    );
  });
  expect(lines.length).toBeGreaterThan(names.length);
  // JSON escapes these; the printer of lines for people escapes the others.
  for (const line of lines) expect([...line.trimEnd()].filter((letter) => letter < ' ')).toEqual([]);
});

test('does not delay the jobs of one owner behind ten thousand of another', { timeout: 120_000 }, async () => {
  for (let n = 0; n < 10; n += 1) {
    await fixture.database.query(
      `FOR $i IN 0..1000 { CREATE job SET path = '/spookify', payload = { id: 'thread:a' }, created_by = $owner,
        run_at = time::now() - 1h RETURN NONE }`,
      { owner: MALLORY },
    );
  }
  await fixture.run();
  await eventually(() => expect(fixture.backend.calls.length).toBeGreaterThan(100));
  const ids = await adasJobs(20);
  await adasEnd(ids, 60_000);
  // Her jobs did not wait for all the jobs before them.
  expect(fixture.backend.calls.length).toBeLessThan(10_020);
});
