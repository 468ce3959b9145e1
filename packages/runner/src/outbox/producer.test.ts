/** Which jobs are read, and how often, from the real engine. */
import { randomUUID } from 'node:crypto';
import { type RecordId, Surreal } from 'surrealdb';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Connection, createConnection } from '../connection.ts';
import { silentLogger } from '../logger.ts';
import { startDatabase, type TestDatabase } from '../testing/database.ts';
import { eventually } from '../testing/fixture.ts';
import { createProducer, type Producer, type ProducerOptions } from './producer.ts';
import { ALONE, type QueueKey, queueKeyOf } from './queue-key.ts';

let database: TestDatabase;
let connection: Connection;

beforeAll(async () => {
  database = await startDatabase();
  connection = createConnection(database.options, silentLogger, Math.random);
  await connection.open();
});
afterEach(() => database.query('DELETE job'));
afterAll(async () => {
  await connection.close();
  await database.close();
});

interface Reader {
  readonly producer: Producer;
  /** The offered jobs, in order. A refused job is offered again. */
  readonly offered: readonly string[];
  readonly unreadable: readonly string[];
  /** Ends jobs like an outcome does, so that they are no longer known. */
  end(ids: readonly string[]): Promise<void>;
}

/** Reads partition 0, and knows the offered jobs until they have ended. */
function reader(
  options: Partial<ProducerOptions> & { takes?: (job: QueueKey & { id: string }) => boolean } = {},
): Reader {
  const { takes = () => true, ...others } = options;
  const offered: string[] = [];
  const unreadable: string[] = [];
  const known = new Set<string>();
  const settled = new Set<string>();
  const queueOf = ({ owner, path }: QueueKey): string => (path === ALONE ? ALONE : owner);
  const producer = createProducer({
    ...{ connection, table: 'job' },
    onRead: () => settled.clear(),
    isKnown: (id) => known.has(id) || settled.has(id),
    offer({ job }) {
      if (!takes({ id: job.key, ...queueKeyOf(job) })) return false;
      known.add(job.key);
      offered.push(job.key);
      return true;
    },
    ...{ queueOf, filled: () => 0, mayRead: () => true, room: () => 1_000, isFull: () => false },
    onUnreadable: (id) => void unreadable.push(String(id)),
    ...others,
  });
  producer.take(0);
  return {
    producer,
    offered,
    unreadable,
    async end(ids) {
      for (let from = 0; from < ids.length; from += 250) {
        const some = ids.slice(from, from + 250);
        const statement = `UPDATE $ids.map(|$id| type::record($id)) SET status = 'success' RETURN NONE`;
        await database.query(statement, { ids: some });
        for (const id of some) {
          known.delete(id);
          settled.add(id);
        }
      }
    },
  };
}

const CREATE = `CREATE job SET path = '/spookify', payload = { id: 'thread:a' }, partition = 0`;

/** Returns the ids in the order of `$n`, which the fields may depend on. */
async function insert(count: number, sets: string): Promise<string[]> {
  const batch = randomUUID();
  const ids = await database.query<RecordId[]>(
    `FOR $n IN 0..$count { ${CREATE}, ${sets}, n = $n, batch = $batch RETURN NONE };
    RETURN (SELECT id, n FROM job WHERE batch = $batch ORDER BY n).id`,
    { count, batch },
  );
  expect(ids).toHaveLength(count);
  return ids.map(String);
}

function expectEachOnce(offered: readonly string[], ids: readonly string[]): void {
  expect(offered.toSorted()).toEqual(ids.toSorted());
}

test('skips no job, however many digits its time has, while jobs become due', { timeout: 60_000 }, async () => {
  const { producer, offered, end } = reader();
  // Over four seconds: a whole second, whole milliseconds, microseconds and nanoseconds, in turn.
  const times = `run_at = { LET $start = time::floor(time::now(), 1s) + 1s; LET $at = $start + duration::from_millis($n % 4000);
    IF $n % 5 = 0 { time::floor($at, 1s) } ELSE IF $n % 5 = 1 { $at } ELSE IF $n % 5 = 2 { $at + 7us } ELSE IF $n % 5 = 3 { $at + 123ns }
    ELSE { time::floor($at, 100ms) } }`;
  const ids = await insert(3_000, times);
  const digits = await database.query<number[]>(
    `RETURN array::distinct((SELECT VALUE string::len(<string> run_at) FROM job))`,
  );
  expect(digits.length).toBeGreaterThanOrEqual(4);
  let ended = 0;
  await eventually(async () => {
    await producer.produce(true);
    const now = offered.slice(ended);
    ended = offered.length;
    await end(now);
    expect(offered.length).toBeGreaterThanOrEqual(3_000);
  }, 50_000);
  expectEachOnce(offered, ids);
});

test('reads a backlog in the order of its due times', async () => {
  const ids = await insert(900, 'run_at = time::now() - 1h + duration::from_secs($n)');
  const { producer, offered } = reader();
  await producer.produce(false);
  expect(offered).toEqual(ids);
  expect(producer.hasMore).toBe(false);
});

test('reads more jobs that are due at one moment than one read returns', async () => {
  const ids = await insert(1_200, `run_at = d'2030-01-01T00:00:00Z' - 10y`);
  const { producer, offered, end } = reader();
  await producer.produce(true);
  expectEachOnce(offered, ids);
  await end(offered.slice(0, 600));
  producer.rewind();
  await producer.produce(true);
  expectEachOnce(offered, ids);
});

test('finds a job that was inserted before others and committed after them', async () => {
  const { url, namespace, database: name } = database.options;
  const late = new Surreal();
  await late.connect(url, {
    namespace,
    database: name,
    authentication: { username: 'root', password: 'root-of-a-test' },
  });
  const { producer, offered } = reader();
  await producer.produce(true);
  const transaction = await late.beginTransaction();
  await transaction.query(`${CREATE}, run_at = time::now() RETURN NONE`);
  const [first = ''] = await insert(1, 'run_at = time::now()');
  await producer.produce(true);
  expect(offered).toEqual([first]);
  await transaction.commit();
  await late.close();
  const ids = await database.query<RecordId[]>('SELECT VALUE id FROM job');
  // At once, or, after a long transaction, by the next read from the head.
  await producer.produce(true);
  producer.rewind();
  await producer.produce(true);
  expectEachOnce(offered, ids.map(String));
});

test('offers each job once while jobs are read and end at the same time', { timeout: 60_000 }, async () => {
  const ids = await insert(2_000, 'run_at = time::now() - 1h + duration::from_millis($n / 10)');
  const { producer, offered, end } = reader();
  let isOver = false;
  const ending = (async () => {
    for (let ended = 0; !isOver || ended < offered.length; ) {
      const some = offered.slice(ended, ended + 100);
      ended += some.length;
      await end(some);
      if (some.length === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  for (let round = 0; round < 8; round += 1) {
    producer.rewind();
    await producer.produce(true);
  }
  isOver = true;
  await ending;
  expectEachOnce(offered, ids);
});

test('reads refused jobs once their queue has room, and other jobs meanwhile', { timeout: 60_000 }, async () => {
  await database.query(`CREATE user:ada SET username = 'ada'; CREATE user:bea SET username = 'bea'`);
  const adas = await insert(1_500, 'created_by = user:ada, run_at = time::now() - 1h + duration::from_millis($n)');
  const beas = await insert(20, 'created_by = user:bea, run_at = time::now() - 1m');
  let room = 300;
  const takes = ({ owner }: QueueKey): boolean => {
    if (owner === 'user:bea') return true;
    room -= 1;
    return room >= 0;
  };
  const { producer, offered, end } = reader({ takes, filled: (queue) => (queue === 'user:bea' || room > 0 ? 0 : 1) });
  await producer.produce(true);
  expect(offered.filter((id) => beas.includes(id))).toHaveLength(20);
  expect(offered.filter((id) => adas.includes(id))).toEqual(adas.slice(0, 300));
  expect(producer.hasMore).toBe(true);
  for (let ended = 0; offered.length < 1_520; ) {
    await end(offered.slice(ended));
    ended = offered.length;
    room = 300;
    await producer.produce(false);
    expect(offered.length).toBeGreaterThan(ended);
  }
  expect(offered.filter((id) => adas.includes(id))).toEqual(adas);
  expectEachOnce(offered, [...adas, ...beas]);
  await producer.produce(false);
  expect(producer.hasMore).toBe(false);
});

test('leaves jobs that have lost two runners to their own queue', { timeout: 60_000 }, async () => {
  await database.query(`CREATE user:cora SET username = 'cora'`);
  await insert(400, 'created_by = user:cora, rescues = 2, run_at = time::now() - 1h');
  const others = await insert(20, 'created_by = user:cora, run_at = time::now() - 1m');
  const suspects: string[] = [];
  const takes = ({ path, id }: QueueKey & { id: string }): boolean => {
    if (path !== ALONE) return true;
    if (suspects.length < 10) suspects.push(id);
    return suspects.includes(id);
  };
  const { producer, offered } = reader({ takes, filled: (queue) => (queue === ALONE ? 1 : 0) });
  // It ends, because the jobs left in the table belong to a full queue.
  await producer.produce(true);
  expect(offered.filter((id) => others.includes(id))).toHaveLength(20);
  expect(offered).toHaveLength(30);
});

test('reads past the jobs of more than a thousand owners with full queues', { timeout: 60_000 }, async () => {
  await insert(1_500, `created_by = type::record('user', $n), run_at = time::now() - 1h + duration::from_millis($n)`);
  const [last = ''] = await insert(1, 'created_by = user:last, run_at = time::now() - 1m');
  const takes = ({ owner }: QueueKey): boolean => owner === 'user:last';
  const { producer, offered } = reader({ takes, filled: (queue) => (queue === 'user:last' ? 0 : 1) });
  await producer.produce(true);
  expect(offered).toEqual([last]);
});

test('pauses between reads for single queues while many jobs wait', { timeout: 60_000 }, async () => {
  await insert(300, `created_by = type::record('user', $n), run_at = time::now() - 1h + duration::from_millis($n)`);
  const { producer } = reader({ takes: () => false, filled: () => 0, room: () => 0, isFull: () => true });
  // Without pauses this would not end: each queue is empty, and accepts nothing.
  await producer.produce(true);
  expect(producer.hasMore).toBe(true);
});

test('returns when the next job is due', async () => {
  await insert(1, 'run_at = time::now() - 1s');
  await insert(1, 'run_at = time::now() + 1h');
  await insert(1, 'run_at = time::now() + 2h');
  const { producer, offered } = reader();
  const dueInMs = Number(await producer.produce(true));
  expect(offered).toHaveLength(1);
  expect(dueInMs).toBeGreaterThan(3_500_000);
  expect(dueInMs).toBeLessThanOrEqual(3_600_001);
});

test('reads partitions that it takes, and none that it has dropped', async () => {
  const { producer, offered } = reader();
  const [first = ''] = await insert(1, 'run_at = time::now()');
  await database.query(`${CREATE}, partition = 1 RETURN NONE`);
  await producer.produce(true);
  expect(offered).toEqual([first]);
  producer.take(1);
  producer.drop(0);
  await insert(1, 'run_at = time::now()');
  await producer.produce(true);
  expect(offered).toHaveLength(2);
  expect([...producer.partitions]).toEqual([1]);
});

test('offers no job whose id contains a time, because it could be confused with another', async () => {
  const create = `CREATE type::record('job', ['a', d'2020-01-01T00:00:00.123456789Z']) SET path = '/spookify', partition = 0`;
  await database.query(`${create}, run_at = time::now() - 1s RETURN NONE`);
  const [other = ''] = await insert(1, 'run_at = time::now() - 1s');
  const { producer, offered } = reader();
  await producer.produce(true);
  expect(offered).toEqual([other]);
});

test('offers no job that its owner has cancelled', async () => {
  const [cancelled = '', other = ''] = await insert(2, 'run_at = time::now() - 1s');
  await database.query(`UPDATE type::record($cancelled) SET request = 'cancel'`, { cancelled });
  const { producer, offered } = reader();
  await producer.produce(true);
  expect(offered).toEqual([other]);
});

test('finds unreadable rows among others, and offers the others', async () => {
  const ids = await insert(300, 'run_at = time::now() - 1h + duration::from_millis($n)');
  const bad = [ids[0] ?? '', ids[150] ?? '', ids[299] ?? ''];
  // A regular expression has no encoding that a client could receive.
  await database.query(`DEFINE FIELD OVERWRITE payload ON job TYPE object DEFAULT {}`);
  await database.query(`UPDATE $bad.map(|$id| type::record($id)) SET payload = { id: /a+/ } RETURN NONE`, { bad });
  const { producer, offered, unreadable } = reader();
  await producer.produce(true);
  expect(unreadable.toSorted()).toEqual(bad.toSorted());
  expectEachOnce(
    offered,
    ids.filter((id) => !bad.includes(id)),
  );
});
