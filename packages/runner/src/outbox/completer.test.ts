/** Outcomes, written to real rows. */
import { RecordId } from 'surrealdb';
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { type Connection, createConnection } from '../connection.ts';
import type { Outcome } from '../delivery/outcome.ts';
import { RunnerError } from '../errors.ts';
import { silentLogger } from '../logger.ts';
import { startDatabase, type TestDatabase } from '../testing/database.ts';
import { anEntry } from '../testing/entry.ts';
import { eventually } from '../testing/fixture.ts';
import { createTestWriter, type TestWriter } from '../testing/writer.ts';
import { type Completer, type CompleterOptions, createCompleter } from './completer.ts';
import type { Entry } from './entry.ts';

let database: TestDatabase;
let connection: Connection;
let writer: TestWriter;

beforeAll(async () => {
  database = await startDatabase();
  connection = createConnection(database.options, silentLogger, Math.random);
  await connection.open();
  // What owners see of each row, in order.
  await database.query(`DEFINE TABLE seen SCHEMALESS; DEFINE EVENT seen ON job WHEN $event = 'UPDATE'
    THEN { CREATE seen SET job = $after.id, status = $after.status, at = time::now() RETURN NONE }`);
});
beforeEach(async () => {
  writer = await createTestWriter(connection);
});
afterEach(() => database.query('DELETE job; DELETE seen; DELETE spooky_runner; DELETE spooky_fence'));
afterAll(async () => {
  await connection.close();
  await database.close();
});

const SUCCESS: Outcome & { kind: 'success' } = { kind: 'success', result: { writer: 'offline' } };
const RETRY: Outcome & { kind: 'retry' } = {
  kind: 'retry',
  delayMs: 3_600_000,
  error: { attempt: 1, code: 'http_503', reason: 'Not now.' },
};

interface Written {
  readonly job: string;
  readonly kind: string;
  readonly isWritten: boolean;
}

interface Watched {
  readonly completer: Completer;
  /** In the order of the calls of `onWritten`. */
  readonly written: readonly Written[];
  readonly log: readonly string[];
}

function watched(options: Partial<CompleterOptions> = {}): Watched {
  const written: Written[] = [];
  const log: string[] = [];
  const tell = (...[, message]: unknown[]): void => void log.push(String(message));
  const completer = createCompleter({
    ...{ writer, connection, runner: () => writer.runner, isSure: () => true, isAnnounced: () => false },
    onWritten: ({ job }, { kind }, isWritten) => void written.push({ job: job.key, kind, isWritten }),
    refusalPauseMs: 1_000,
    logger: { ...silentLogger, error: tell, warn: tell },
    ...options,
  });
  onTestFinished(() => completer.drop());
  return { completer, written, log };
}

async function entries(count: number, fields: Record<string, unknown> = {}): Promise<Entry[]> {
  const rows = Array.from({ length: count }, () => ({ path: '/spookify', payload: { id: 'thread:a' }, ...fields }));
  const ids = await database.query<RecordId[]>('RETURN (INSERT INTO job $rows RETURN VALUE id)', { rows });
  expect(ids).toHaveLength(count);
  return ids.map((id) => anEntry({ id }));
}

async function anyEntry(fields: Record<string, unknown> = {}): Promise<Entry> {
  const [entry] = await entries(1, fields);
  if (entry === undefined) throw new Error('the job was not inserted');
  return entry;
}

const seenOf = ({ job }: Entry) =>
  database.query<string[]>('RETURN (SELECT status, at FROM seen WHERE job = $id ORDER BY at).status', { id: job.id });

test('writes a mark, and an outcome after it', async () => {
  const { completer, written } = watched();
  const entry = await anyEntry();
  const marked = completer.mark(entry);
  completer.complete(entry, SUCCESS);
  expect(completer.unwritten).toBe(1);
  expect(await marked).toBe('written');
  await completer.drained();
  const row = await database.row(entry.job.id);
  expect(row).toMatchObject({ status: 'success', result: { writer: 'offline' } });
  expect(row).not.toHaveProperty('runner');
  expect(await seenOf(entry)).toEqual(['processing', 'success']);
  expect(written).toEqual([{ job: entry.job.key, kind: 'success', isWritten: true }]);
  expect(completer.unwritten).toBe(0);
});

test('writes smaller batches to a database that does not answer full ones in time', { timeout: 60_000 }, async () => {
  const slow = createConnection({ ...database.options, ...{ queryTimeoutMs: 500 } }, silentLogger, Math.random);
  await slow.open();
  onTestFinished(() => slow.close());
  const sizes: number[] = [];
  const { write, runner } = await createTestWriter(slow);
  let isSure = false;
  const { completer } = watched({
    ...{ connection: slow, runner: () => runner, isSure: () => isSure },
    writer: {
      write(statements, bindings, attempts) {
        sizes.push(Object(bindings.ids0).length);
        return write(statements, bindings, attempts);
      },
    },
  });
  slow.onConnected(completer.flush);
  const many = await entries(500);
  await database.query('DEFINE EVENT slow ON job THEN { sleep(5ms) }');
  onTestFinished(() => database.query('REMOVE EVENT slow ON job'));

  for (const entry of many) completer.complete(entry, SUCCESS);
  isSure = true;
  completer.flush();

  await completer.drained();
  // Two batches are sent at a time.
  expect(sizes.slice(0, 2)).toEqual([250, 250]);
  expect(sizes[2]).toBe(125);
  expect(await database.query('SELECT status, count() FROM job GROUP BY status')).toEqual([
    { status: 'success', count: 500 },
  ]);
});

test('names the runner in a mark, and reports a mark of an ended row as missing', async () => {
  const { completer } = watched();
  const [waiting, ended] = [await anyEntry(), await anyEntry({ status: 'failed' })];
  expect(await Promise.all([completer.mark(waiting), completer.mark(ended)])).toEqual(['written', 'missing']);
  expect(await database.row(waiting.job.id)).toMatchObject({ status: 'processing', runner: 'me' });
  expect(await database.row(ended.job.id)).toMatchObject({ status: 'failed' });
});

test('reports a refused mark at once, or after another attempt if the call waits for it', async () => {
  const { completer, log } = watched();
  const [careless, careful] = [await anyEntry(), await anyEntry()];
  const open = await closeTable();
  expect(await completer.mark(careless)).toBe('refused');
  expect(log).toHaveLength(1);
  const marked = completer.mark({ ...careful, isCareful: true });
  await eventually(() => expect(log).toHaveLength(2));
  await open();
  expect(await marked).toBe('written');
});

test('writes each kind of outcome, many at once', async () => {
  const { completer, written } = watched();
  const all = await entries(700);
  const error = { attempt: 1, code: 'http_400', reason: 'No.' };
  const kinds: Exclude<Outcome, { kind: 'lost' }>[] = [
    SUCCESS,
    { kind: 'success', result: undefined },
    { kind: 'success', result: { long: 'x'.repeat(500) } },
    RETRY,
    { kind: 'failed', error },
  ];
  for (const [n, entry] of all.entries()) {
    const kind = kinds[n % kinds.length];
    if (kind?.kind === 'success' && n % kinds.length === 2)
      completer.complete(entry, { kind: 'success', result: { n } });
    else if (kind) completer.complete(entry, kind);
  }
  await completer.drained();
  expect(written).toHaveLength(700);
  expect(written.every(({ isWritten }) => isWritten)).toBe(true);
  const rows = await Promise.all(all.slice(0, 50).map(({ job }) => database.row(job.id)));
  for (const [n, row] of rows.entries()) {
    const expected = [
      { status: 'success', result: { writer: 'offline' } },
      { status: 'success' },
      { status: 'success', result: { n } },
      { status: 'pending', retries: 1, errors: [{ code: 'http_503', reason: 'Not now.' }] },
      { status: 'failed', errors: [{ code: 'http_400', reason: 'No.' }] },
    ][n % kinds.length];
    expect(row).toMatchObject(expected ?? {});
  }
});

test('writes an outcome once although it is sent twice because its answer was lost', async () => {
  const entry = await anyEntry();
  let isLost = false;
  const losing = {
    async write(statements: string, bindings: Record<string, unknown>) {
      const answer = await writer.write(statements, bindings);
      if (isLost) return answer;
      isLost = true;
      // Like a connection that breaks after the commit.
      return await connection
        .query('RETURN 1', {})
        .then(() => Promise.reject(new RunnerError('SPOOKY_RUNNER_DATABASE_AWAY', 'lost')));
    },
  };
  const { completer, written } = watched({ writer: losing });
  completer.complete(entry, RETRY);
  await eventually(() => expect(isLost).toBe(true));
  completer.flush();
  await completer.drained();
  const row = await database.row(entry.job.id);
  expect(row).toMatchObject({ status: 'pending', retries: 1 });
  expect(row.errors).toHaveLength(1);
  expect(written).toEqual([{ job: entry.job.key, kind: 'retry', isWritten: false }]);
});

test('does not write an outcome of an earlier attempt or run', async () => {
  const { completer, written } = watched();
  const all = [await anyEntry({ retries: 1 }), await anyEntry({ reruns: 1 }), await anyEntry({ status: 'success' })];
  const before = await Promise.all(all.map(({ job }) => database.row(job.id)));
  for (const entry of all) completer.complete(entry, RETRY);
  await completer.drained();
  expect(await Promise.all(all.map(({ job }) => database.row(job.id)))).toEqual(before);
  expect(written.map(({ isWritten }) => isWritten)).toEqual([false, false, false]);
});

test('splits off refused outcomes, writes the others, and fails the refused ones with that reason', async () => {
  const { completer, written, log } = watched({ refusalPauseMs: 50 });
  const info = await database.query<{ fields: Record<string, string> }>('INFO FOR TABLE job');
  await database.query(`DEFINE FIELD OVERWRITE result ON job TYPE any ASSERT $value.bad != true`);
  onTestFinished(async () => {
    await database.query(String(info.fields.result).replace('DEFINE FIELD', 'DEFINE FIELD OVERWRITE'));
  });
  const all = await entries(300);
  const isBad = (n: number): boolean => n % 100 === 7;
  for (const [n, entry] of all.entries()) completer.complete(entry, { kind: 'success', result: { n, bad: isBad(n) } });
  await eventually(() => expect(written).toHaveLength(300));
  for (const [n, { job }] of all.entries()) {
    const row = await database.row(job.id);
    if (isBad(n)) expect(row).toMatchObject({ status: 'failed', errors: [{ attempt: 1, code: 'outcome_unwritable' }] });
    else expect(row).toMatchObject({ status: 'success', result: { n } });
  }
  expect(log.filter((line) => line.includes('failing it instead'))).toHaveLength(3);
});

test('loses nothing when the table refuses everything for a moment', async () => {
  const { completer, written, log } = watched();
  const entry = await anyEntry();
  const open = await closeTable();
  completer.complete(entry, SUCCESS);
  await eventually(() => expect(log).toHaveLength(1));
  expect(written).toEqual([]);
  await open();
  await completer.drained();
  expect(await database.row(entry.job.id)).toMatchObject({ status: 'success', result: { writer: 'offline' } });
});

test('repeats the write while the table refuses everything', async () => {
  const { completer, written, log } = watched({ refusalPauseMs: 50 });
  const all = await entries(3);
  const open = await closeTable();
  for (const entry of all) completer.complete(entry, SUCCESS);
  await eventually(() => expect(log.filter((line) => line.includes('failing it instead'))).toHaveLength(3));
  await open();
  await completer.drained();
  expect(written.map(({ isWritten }) => isWritten)).toEqual([true, true, true]);
  for (const { job } of all) {
    expect(await database.row(job.id)).toMatchObject({ status: 'failed', errors: [{ code: 'outcome_unwritable' }] });
  }
});

/** Makes every write of a row fail until the returned function is called. */
async function closeTable(): Promise<() => Promise<unknown>> {
  await database.query(`DEFINE EVENT gate ON job THEN { THROW 'closed' }`);
  let isOpen = false;
  const open = async (): Promise<void> => {
    if (isOpen) return;
    isOpen = true;
    await database.query('REMOVE EVENT gate ON job');
  };
  onTestFinished(open);
  return open;
}

test('writes every outcome once while owners write requests', async () => {
  const { completer, written } = watched();
  const all = await entries(600);
  let isOver = false;
  const ids = all.map(({ job }) => job.id);
  const owners = [0, 1, 2].map(async (owner) => {
    for (let n = owner; !isOver; n += 7) {
      await database.query(`UPDATE $id SET request = 'retry' RETURN NONE`, { id: ids[n % ids.length] });
    }
  });
  for (const entry of all) completer.complete(entry, SUCCESS);
  await completer.drained();
  isOver = true;
  await Promise.all(owners);
  expect(written.filter(({ isWritten }) => isWritten)).toHaveLength(600);
  expect(new Set(written.map(({ job }) => job)).size).toBe(600);
  expect(await database.query(`SELECT VALUE id FROM job WHERE status != 'success'`)).toEqual([]);
});

test('sends a contested batch at most twice, then smaller ones', async () => {
  const sent: { readonly rows: number; readonly attempt: number }[] = [];
  const counting: Connection = {
    ...connection,
    query(text, bindings, options) {
      const rows = Object.entries(bindings ?? {}).flatMap(([name, ids]) => (name.startsWith('ids') ? ids : [])).length;
      const values = (attempt: number): Record<string, unknown> => {
        if (rows > 0) sent.push({ rows, attempt });
        return { ...bindings };
      };
      return connection.query(text, values, options);
    },
  };
  const isSplit = (): boolean => sent.some(({ rows }) => rows <= 10);
  let isSure = false;
  const { completer } = watched({ writer: await createTestWriter(counting), isSure: () => isSure });
  // The batch wins now and then.
  while (!isSplit()) {
    isSure = false;
    const all = await entries(250);
    for (const entry of all) completer.complete(entry, SUCCESS);
    const contested = all.filter((_, n) => n % 50 === 0).map(({ job }) => job.id);
    let isWritten = false;
    const owners = [0, 1].map(async () => {
      while (!isSplit() && !isWritten)
        await database.query(`UPDATE $ids SET request = 'retry' RETURN NONE`, { ids: contested });
    });
    isSure = true;
    completer.flush();
    await completer.drained();
    isWritten = true;
    await Promise.all(owners);
  }
  expect(Math.max(...sent.filter(({ rows }) => rows > 10).map(({ attempt }) => attempt))).toBe(2);
  expect(await database.query(`SELECT VALUE id FROM job WHERE status != 'success'`)).toEqual([]);
});

test('writes the outcomes of other jobs while jobs are deleted with their threads, and restores no deleted row', async () => {
  const THREADS = 30;
  await database.query(`FOR $n IN 0..${THREADS} {
    CREATE type::record('thread', $n) SET title = 'A house', content = 'It creaks.', author = user:mallory
  }`);
  const { completer, written } = watched();
  const others = await entries(THREADS * 20);
  const deleted: Entry[] = [];
  for (let n = 0; n < THREADS; n += 1) deleted.push(...(await entries(20, { assigned_to: new RecordId('thread', n) })));
  for (const [n, entry] of others.entries()) {
    completer.complete(entry, SUCCESS);
    completer.complete(deleted[n] ?? entry, SUCCESS);
  }
  for (let n = 0; n < THREADS; n += 1) await database.query(`DELETE type::record('thread', $n)`, { n });
  await completer.drained();
  expect(written).toHaveLength(2 * others.length);
  const left = await database.query<{ id: RecordId; status: string }[]>('SELECT id, status FROM job');
  expect(left.map(({ id }) => String(id)).toSorted()).toEqual(others.map(({ job }) => job.key).toSorted());
  expect(new Set(left.map(({ status }) => status))).toEqual(new Set(['success']));
});

test('keeps its outcomes while it is unsure, and writes them once it is sure', async () => {
  let isSure = false;
  const { completer, written } = watched({ isSure: () => isSure });
  const all = await entries(200);
  for (const entry of all) completer.complete(entry, SUCCESS);
  const [marked, answered] = [await anyEntry(), await anyEntry()];
  const marks = [completer.mark(marked), completer.mark(answered)];
  completer.complete(answered, SUCCESS);
  // Its call has ended without an outcome.
  completer.drop((entry) => entry === marked);
  completer.flush();
  expect(await marks[0]).toBe('missing');
  expect(completer.unwritten).toBe(201);
  expect(await database.query(`SELECT VALUE id FROM job WHERE status != 'pending'`)).toEqual([]);
  isSure = true;
  completer.flush();
  expect(await marks[1]).toBe('written');
  await completer.drained();
  expect(written.filter(({ isWritten }) => isWritten)).toHaveLength(201);
  expect(await database.query(`SELECT VALUE id FROM job WHERE status != 'success'`)).toEqual([marked.job.id]);
  expect(await seenOf(answered)).toEqual(['processing', 'success']);
});

test('does not report or repeat a write that was dropped while it was sent', async () => {
  const sent = Promise.withResolvers<void>();
  const lost = Promise.withResolvers<never>();
  let writes = 0;
  const losing = {
    async write(statements: string, bindings: Record<string, unknown>) {
      writes += 1;
      if (writes > 1) return await writer.write(statements, bindings);
      sent.resolve();
      return await lost.promise;
    },
  };
  const { completer, written } = watched({ writer: losing });
  const [dropped, kept] = [await anyEntry(), await anyEntry()];
  const marked = completer.mark(dropped);
  await sent.promise;
  completer.complete(kept, SUCCESS);
  await eventually(() => expect(written).toHaveLength(1));
  completer.drop((entry) => entry === dropped);
  expect(completer.unwritten).toBe(0);
  await completer.drained();
  lost.reject(new RunnerError('SPOOKY_RUNNER_DATABASE_AWAY', 'lost'));
  expect(await marked).toBe('missing');
  completer.flush();
  expect(await database.row(dropped.job.id)).toMatchObject({ status: 'pending' });
  expect(writes).toBe(2);
});

test('writes and reports nothing after the death of its runner', async () => {
  const { completer, written } = watched();
  const all = await entries(200);
  await writer.die();
  const refused: unknown[] = [];
  const watching = {
    write: (statements: string, bindings: Record<string, unknown>) =>
      writer.write(statements, bindings).catch((error: unknown) => {
        refused.push(error);
        throw error;
      }),
  };
  let isSure = false;
  const dead = watched({ writer: watching, isSure: () => isSure });
  for (const entry of all) dead.completer.complete(entry, SUCCESS);
  isSure = true;
  dead.completer.flush();
  await eventually(() => expect(refused).toHaveLength(1));
  dead.completer.flush();
  expect(await database.query(`SELECT VALUE id FROM job WHERE status != 'pending'`)).toEqual([]);
  expect([...written, ...dead.written]).toEqual([]);
  isSure = false;
  const marked = dead.completer.mark(await anyEntry());
  dead.completer.drop();
  expect(await marked).toBe('missing');
  await Promise.all([completer.drained(), dead.completer.drained()]);
  expect(refused).toHaveLength(1);
});

test('writes one inbox entry for all rows of a batch', async () => {
  await database.query(`DEFINE TABLE spooky_change SCHEMALESS; DEFINE EVENT spooky_change ON job WHEN $spooky_quiet != true
    THEN { CREATE spooky_change:ulid() SET r = [$value.id ?? $before.id] RETURN NONE }`);
  onTestFinished(async () => {
    await database.query('REMOVE EVENT spooky_change ON job; REMOVE TABLE spooky_change');
  });
  const all = await entries(200);
  await database.query('DELETE spooky_change');
  const { completer } = watched({ isAnnounced: () => true });
  for (const entry of all) completer.complete(entry, SUCCESS);
  await completer.drained();
  const changes = await database.query<RecordId[][]>('SELECT VALUE r FROM spooky_change');
  expect(changes.length).toBeLessThanOrEqual(3);
  expect(changes.flat().map(String).toSorted()).toEqual(all.map(({ job }) => job.key).toSorted());
});

test('waits in `drained` only for the entries that match', async () => {
  const { completer } = watched();
  const [first, second] = [await anyEntry(), await anyEntry()];
  completer.complete(first, SUCCESS);
  await completer.drained((entry) => entry === second);
  await completer.drained((entry) => entry === first);
  expect(await database.row(first.job.id)).toMatchObject({ status: 'success' });
});
