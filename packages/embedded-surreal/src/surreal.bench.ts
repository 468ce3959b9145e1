/**
 * What the server costs: the same SDK does the same work through the server's socket and on the engine in this process.
 *
 * Each side has its own RocksDB folder, and the server is a separate process, as in production. So on two cores the
 * server's side has a little more processor time when many requests are in flight, and two more context switches on
 * every round trip. The server gives its engine one worker thread, to keep notifications in order. The engine in this
 * process has one per core, its default.
 *
 * Targets: updates take at most 2 times as long, notifications below 1.5 ms at the median, at least 0.7 times as many
 * creates.
 */
import { availableParallelism } from 'node:os';
import { RecordId, type Surreal, Table } from 'surrealdb';
import {
  type Benchmark,
  type Comparison,
  compare,
  medianLatency,
  type Summary,
  summarize,
  throughput,
} from '../../../bench/measure.ts';
import { type Sides, startSides } from './testing/bench-sides.ts';

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 9);
/** Node options for the server process, such as `--cpu-prof --cpu-prof-dir=.data/profile`. */
const SERVER_OPTIONS = (process.env.BENCH_SERVER_OPTIONS ?? '').split(' ').filter((option) => option !== '');

/**
 * The engine reads this variable while it is loaded. If it is set, both sides have the same number of threads, and only
 * the protocol differs.
 */
const threads = process.env.TOKIO_WORKER_THREADS;

type Work = (client: Surreal) => Promise<number>;

const counter = new RecordId('counter', 'one');

const comparisons: Record<string, { readonly unit: string; readonly work: Work }> = {
  update: {
    unit: 'ms',
    work: (client) => medianLatency(400, (value) => client.update(counter).content({ value })),
  },
  return1: { unit: 'ms', work: (client) => medianLatency(400, () => client.query('RETURN 1')) },
  create64: {
    unit: 'creates/s',
    work: (client) =>
      throughput(3000, 64, (value) => client.create(new Table('entry')).content({ value, title: 'A thread' })),
  },
  select1000: { unit: 'ms', work: (client) => medianLatency(20, () => client.select(new Table('item'))) },
  // The text travels in both directions.
  payload1MB: { unit: 'ms', work: (client) => medianLatency(10, () => client.query('RETURN $text', { text })) },
};
const text = 'spooky! '.repeat(125_000);

const surreal: Benchmark = async (progress) => {
  progress('Starting a server and an engine');
  const sides = await startSides(SERVER_OPTIONS);
  try {
    for (const client of [sides.server, sides.inProcess]) await prepare(client);
    const compared: Record<string, Comparison> = {};
    for (const [name, { unit, work }] of Object.entries(comparisons)) {
      if (!wanted(name)) continue;
      const { server, inProcess } = sides;
      const result = await compare(unit, ROUNDS, { subject: () => work(server), baseline: () => work(inProcess) });
      const { median, min, max } = result.ratio;
      progress(`${name}: server/in-process ${median} (${min} to ${max}), in ${ROUNDS} rounds`);
      compared[name] = result;
    }
    const notification = wanted('notification') ? await notifications(sides, 300 * ROUNDS) : undefined;
    if (notification !== undefined) {
      const { fromSend, fromAnswer } = notification;
      progress(
        `notification: ${fromSend.median} ms after the write was sent, ${fromAnswer.median} ms after its answer`,
      );
    }
    return {
      engine: (await sides.server.version()).version,
      storage: 'rocksdb',
      engineThreads: { server: Number(threads ?? 1), inProcess: Number(threads ?? availableParallelism()) },
      targets: { update: 'ratio <= 2', create64: 'ratio >= 0.7', notification: 'fromSend median < 1.5 ms' },
      ratios: Object.fromEntries(Object.entries(compared).map(([name, { ratio }]) => [name, ratio])),
      notification,
      // The subject is the server, the baseline is the engine in this process.
      rounds: compared,
    };
  } finally {
    await sides.end();
  }
};

export default surreal;

/** `BENCH_ONLY=update,notification` measures only these. */
const wanted = (name: string): boolean => (process.env.BENCH_ONLY?.split(',') ?? [name]).includes(name);

async function prepare(client: Surreal): Promise<void> {
  await client.query(`
    DEFINE TABLE counter; DEFINE TABLE entry; DEFINE TABLE item; DEFINE TABLE watched;
    CREATE counter:one SET value = 0;
    CREATE |item:1..1000| SET title = 'A thread', content = 'Once upon a midnight dreary', number = 42 RETURN NONE;
    CREATE watched:one SET value = -1;
  `);
}

/**
 * The time from one client's write to its delivery at another, in milliseconds. Negative means before the writer's
 * answer.
 */
async function notifications(sides: Sides, count: number): Promise<{ fromSend: Summary; fromAnswer: Summary }> {
  const subscription = await sides.listener.live(new Table('watched'));
  const fromSend: number[] = [];
  const fromAnswer: number[] = [];
  let delivered = Promise.withResolvers<number>();
  subscription.subscribe(() => delivered.resolve(performance.now()));
  for (let value = 0; value < count; value += 1) {
    delivered = Promise.withResolvers<number>();
    const sent = performance.now();
    await sides.server.update(new RecordId('watched', 'one')).content({ value });
    const answered = performance.now();
    const arrived = await delivered.promise;
    fromSend.push(arrived - sent);
    fromAnswer.push(arrived - answered);
  }
  await subscription.kill();
  return { fromSend: summarize(fromSend), fromAnswer: summarize(fromAnswer) };
}
