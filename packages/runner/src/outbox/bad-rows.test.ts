/**
 * Rows written by hand or by an older schema: whatever a field contains, the runner continues, and says why a job
 * failed.
 */
import { pino } from 'pino';
import { RecordId } from 'surrealdb';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { createFixture, type Fixture } from '../testing/fixture.ts';

/** Invalid values for any field, in SurrealQL. */
const NONSENSE = [
  ...['NULL', 'true', '-1', '1.5', '99999999999', 'NaN', `''`, `'nonsense'`, `'${'x'.repeat(5000)}'`],
  ...[`d'9999-12-31T23:59:59Z'`, '99w', '[1, NONE]', '{ a: { b: [] } }', 'job:nonsense'],
];
/**
 * All fields but `status`, because no runner handles rows with another status, and `partition`, which `recover.test.ts`
 * covers.
 */
const FIELDS = [
  ...['path', 'payload', 'retries', 'max_retries', 'retry_strategy', 'timeout', 'reruns', 'rescues', 'errors'],
  ...['result', 'progress', 'runner', 'assigned_to', 'created_by', 'created_at', 'updated_at'],
  ...['request', 'unique_key', 'run_at'],
];
const DUE = `d'2020-01-01T00:00:00Z'`;

let fixture: Fixture;
beforeAll(async () => {
  fixture = await createFixture();
});
afterEach(() => fixture.reset());
afterAll(() => fixture.close());

/** Runs statements as if the table had no types, then restores its definitions. */
async function pastTheSchema(statements: string): Promise<void> {
  const { query } = fixture.database;
  const { fields, indexes } = await query<{ fields: Record<string, string>; indexes: Record<string, string> }>(
    'INFO FOR TABLE job',
  );
  await query(
    `REMOVE INDEX job_active_key ON job; ${Object.keys(fields)
      .map((name) => `REMOVE FIELD ${name} ON job;`)
      .join('')}`,
  );
  await query(statements);
  await query(
    [...Object.values(fields), ...Object.values(indexes)]
      .join(';')
      .replaceAll(/DEFINE (FIELD|INDEX)/g, 'DEFINE $1 OVERWRITE'),
  );
}

/** A due row with one invalid field. */
function create(id: string, fields: Record<string, string>): string {
  const all: Record<string, string> = {
    ...{ path: `'/spookify'`, payload: `{ id: 'thread:a' }`, status: `'pending'`, run_at: DUE, retries: '0' },
    ...{ max_retries: '0', retry_strategy: `'linear'`, partition: '0', reruns: '0', rescues: '0', errors: '[]' },
    ...{ created_at: DUE, updated_at: DUE, ...fields },
  };
  return `CREATE job:${id} SET ${Object.entries(all)
    .map(([name, value]) => `${name} = ${value}`)
    .join(', ')} RETURN NONE;`;
}

test.each(['pending', 'processing'])(
  'fails or skips a %s row with an invalid value in any field',
  { timeout: 240_000 },
  async (status) => {
    const { query } = fixture.database;
    const lines: string[] = [];
    const logger = pino({ level: 'warn' }, { write: (line: string) => lines.push(line) });
    const rows = FIELDS.flatMap((field, f) =>
      NONSENSE.map((value, v) => create(`${status}_${f}_${v}`, { status: `'${status}'`, [field]: value })),
    );
    await pastTheSchema(rows.join('\n'));
    await fixture.run({ logger, signal: false, pollIntervalMs: 50, refusalPauseMs: 100 });
    // Every other job is delivered, even after all of these have been looked at.
    for (let job = 0; job < 3; job += 1) {
      await fixture.becomes(await fixture.database.insert(), { status: 'success' }, 60_000);
    }
    const waiting = `SELECT VALUE record::id(id) FROM job WHERE status = '${status}' AND id NOT IN $skipped`;
    await vi.waitFor(async () => {
      // A row that the database refuses to change is skipped and logged once, or tried again at ever longer intervals.
      const once = lines.filter((line) => line.includes('cannot be changed'));
      expect(new Set(once.map((line) => JSON.parse(line).job)).size).toBe(once.length);
      const again = lines.filter((line) => JSON.parse(line).outcome === 'unreadable');
      const reported = [...once, ...again];
      const skipped = [...new Set(reported.map((line) => String(JSON.parse(line).job)))];
      const left = await query<string[]>(
        `LET $skipped = $ids.map(|$id| type::record($id)); ${waiting} AND (status = 'processing' OR run_at <= time::now())`,
        { ids: skipped },
      );
      expect(left).toEqual([]);
    }, 60_000);
    const failed = await query<{ errors: { code: string; reason: string }[] }[]>(
      `SELECT errors FROM job WHERE status = 'failed'`,
    );
    expect(failed.length).toBeGreaterThan(0);
    for (const { errors } of failed) {
      expect(errors.length).toBeGreaterThan(0);
      for (const { code, reason } of errors) {
        expect(code).toMatch(/^[a-z0-9_]+$/);
        expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(1024);
      }
    }
  },
);

test.each(['pending', 'processing'])('runs a %s row with fields of an older schema, and keeps them', async (status) => {
  const older = { priority: '7', locked_by: '{ host: "old" }', attempts: '[]', '`odd name`': 'NULL' };
  await fixture.database.query(create('older', { status: `'${status}'`, ...older }));
  const other = await fixture.database.insert();
  await fixture.run();
  await fixture.becomes(other, { status: 'success' });
  const row = await fixture.becomes(new RecordId('job', 'older'), { status: 'success', errors: [] });
  expect(row).toMatchObject({ priority: 7, locked_by: { host: 'old' }, attempts: [], 'odd name': null });
});

test('acts on other requests although one row cannot be changed', async () => {
  await pastTheSchema(create('stuck', { status: `'failed'`, max_retries: `'few'`, request: `'retry'` }));
  const id = await fixture.database.insert({ status: 'failed', request: 'retry' });
  await fixture.run();
  await fixture.becomes(id, { status: 'success', reruns: 1 });
});

test('delivers jobs behind a cancelled row that cannot be changed', async () => {
  await pastTheSchema(create('stuck', { errors: `'none'`, request: `'cancel'` }));
  await fixture.database.query(
    `FOR $i IN 0..100 { CREATE job SET path = '/spookify', payload = { id: 'thread:a' } RETURN NONE }`,
  );
  // The poll causes no read after the first one.
  await fixture.run({ signal: false, pollIntervalMs: 60_000 });
  await vi.waitFor(async () => {
    expect(await fixture.database.query(`SELECT VALUE id FROM job WHERE status = 'success'`)).toHaveLength(100);
  }, 20_000);
  expect(await fixture.database.row(new RecordId('job', 'stuck'))).toMatchObject({
    status: 'pending',
    request: 'cancel',
  });
});
