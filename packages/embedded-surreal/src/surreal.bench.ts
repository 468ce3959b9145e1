/**
 * What the server costs: the same SDK and the same work over its socket and on the engine in this process.
 *
 * Both sides have a RocksDB folder of their own, and the server is a process of its own, as in reality; so on two
 * cores the server's side has a little more machine at its disposal when much is in flight, and two context switches
 * more on every round trip. The server gives its engine one worker thread, for the order of notifications; the engine
 * in process has as many as there are cores, as everybody gets it.
 *
 * Targets: updates at most 2 times as long, notifications below 1.5 ms at the median, creates at least 0.7 times as many.
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
/** For the server process, such as `--cpu-prof --cpu-prof-dir=.data/profile`. */
const SERVER_OPTIONS = (process.env.BENCH_SERVER_OPTIONS ?? '').split(' ').filter((option) => option !== '');

/** The engine reads it when it is loaded; set, it makes both sides equal, and what remains is the protocol alone. */
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
  select1000: { unit: 'ms', work: (client) => medianLatency(20, () => client.select(new Table('shelf'))) },
  // There and back again.
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
      // Subject is the server, baseline the engine in process.
      rounds: compared,
    };
  } finally {
    await sides.end();
  }
};

export default surreal;

/** BENCH_ONLY=update,notification measures no more than these. */
const wanted = (name: string): boolean => (process.env.BENCH_ONLY?.split(',') ?? [name]).includes(name);

async function prepare(client: Surreal): Promise<void> {
  await client.query(`
    DEFINE TABLE counter; DEFINE TABLE entry; DEFINE TABLE shelf; DEFINE TABLE watched;
    CREATE counter:one SET value = 0;
    CREATE |shelf:1..1000| SET title = 'A thread', content = 'Once upon a midnight dreary', number = 42 RETURN NONE;
    CREATE watched:one SET value = -1;
  `);
}

/** From the write of one client to its delivery at another, in milliseconds; negative = before the writer's answer. */
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
