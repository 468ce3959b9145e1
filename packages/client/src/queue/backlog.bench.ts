/*
 * Measures what pending writes cost a page, by their number: the page shows a list of 50 threads, the newest first, and a
 * list of comments. Its socket is part of the same program, and so is a storage in memory.
 *
 * - `offlineMs`: one more write, from the call until it is stored, without a connection.
 * - `drainMs`: processor time for one write from the connection until all are made and contained in the lists, on average.
 *   The time that the client waits to keep the gateway's rate of writes is no part of it.
 *
 *   PENDING=100,1000,4000
 */
import { setImmediate, setTimeout } from 'node:timers/promises';
import { type ClientFrame, encodeValue, type WireValue } from '@spookify/gateway/wire';
import { type Benchmark, round, summarize } from '../../../../bench/measure.ts';
import { stubClient } from '../testing/stub-client.ts';

const PENDING = (process.env.PENDING ?? '100,1000,4000').split(',').map(Number);
const ROUNDS = Number(process.env.ROUNDS ?? 3);
const MORE = 50;
const KEEP = 200;

const bench: Benchmark = async (progress) => {
  // The first run compiles the code.
  await measure(100);
  const figures: Record<string, { offlineMs: number; drainMs: number }> = {};
  const samples = new Map(PENDING.map((count) => [count, { offline: [] as number[], drain: [] as number[] }]));
  for (let at = 0; at < ROUNDS; at += 1) {
    for (const [count, { offline, drain }] of samples) {
      const { offlineMs, drainMs } = await measure(count);
      offline.push(offlineMs);
      drain.push(drainMs);
      progress(`${count} pending: offline ${round(offlineMs)} ms, drain ${round(drainMs)} ms a write`);
    }
  }
  for (const [count, { offline, drain }] of samples)
    figures[count] = { offlineMs: summarize(offline).median, drainMs: summarize(drain).median };
  return { unit: 'ms', pending: figures };
};
export default bench;

async function measure(count: number): Promise<{ offlineMs: number; drainMs: number }> {
  const { db, answers, sockets } = stubClient({ flags: { user: 'user:ada' } });
  try {
    answers.dial = (socket) => socket.hello();
    await until(() => db.auth.state.kind === 'signed-in' && sockets.length > 0);
    await until(() => db.sync.state.online);
    answers.dial = () => undefined;
    sockets.at(-1)?.stub.end(1006);
    await until(() => !db.sync.state.online);
    const threads = db.query('thread').orderBy('created_at', 'desc').limit(50).build();
    const unwatch = [db.watch(threads, () => undefined), db.watch(db.query('comment').build(), () => undefined)];
    const create = (): Promise<unknown> => db.create('thread', { title: 'a title', content: 'a text' });
    for (let made = 0; made < count; made += KEEP)
      await Promise.all(Array.from({ length: Math.min(KEEP, count - made) }, create));
    const offline: number[] = [];
    for (let made = 0; made < MORE; made += 1) {
      const start = performance.now();
      await create();
      offline.push(performance.now() - start);
    }
    answers.dial = (socket) => socket.hello();
    await until(() => db.sync.state.online);
    const start = process.cpuUsage();
    await answerAll(sockets.at(-1)?.stub, () => db.sync.state.pending === 0);
    const { user, system } = process.cpuUsage(start);
    const drainMs = (user + system) / 1_000 / (count + MORE);
    for (const stop of unwatch) stop();
    return { offlineMs: summarize(offline).median, drainMs };
  } finally {
    db.close();
  }
}

type Stub = ReturnType<typeof stubClient>['last'];

/** Answers as a gateway whose rounds follow each other without a pause. */
async function answerAll(stub: Stub | undefined, isDone: () => boolean): Promise<void> {
  if (stub === undefined) throw new Error('There is no socket.');
  let number = 0;
  let views = 0;
  while (!isDone()) {
    await setTimeout(5);
    const frames = stub.sent.splice(0) as unknown as ClientFrame[];
    if (frames.length === 0) continue;
    number += 1;
    for (const frame of frames) {
      if (frame.type === 'subscribe') {
        views += 1;
        stub.frame({ type: 'subscribed', id: frame.id, view: views });
        stub.frame({ type: 'snapshot', view: views, rows: [], lists: [] });
      } else if (frame.type === 'write') {
        stub.frame({ type: 'written', id: frame.id, result: rowOf(frame.write), visibleIn: number });
      } else if (frame.type === 'sync') {
        stub.frame({ type: 'synced', id: frame.id, visibleIn: number });
      }
    }
    stub.frame({ type: 'begin', round: number, position: number });
    stub.frame({ type: 'commit', round: number, position: number });
  }
}

function rowOf(write: { readonly id: WireValue }): WireValue {
  return { id: write.id, title: 'a title', content: 'a text', created_at: encodeValue(new Date()) };
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await setImmediate();
}
