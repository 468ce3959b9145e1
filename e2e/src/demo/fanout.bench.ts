/*
 * Measures what open tabs cost. Database, gateway, runner and a backend that does nothing have a process each; the tabs
 * share one. Every tab belongs to a different person and subscribes to that person's thread with its jobs, and to the list
 * of threads.
 *
 * - `jobsPerSecond`: JOBS jobs, spread over all threads, from the first insert until none is open.
 * - `writeMs`: one write at a time through the gateway, to its acknowledgement.
 * - `deliveryMs`: from the moment a write is sent until another tab has the round that shows it; `PAUSE` ms between a
 *    delivery and the next write, as when people write.
 * - `lastingDeliveryMs`: the same without a pause. Rounds have then used up their burst and wait for most of the time.
 * - `sharedDeliveryMs`: the same for a change that every tab shows, over all tabs.
 * - `memoryPerTabKiB`: the growth of the gateways' resident memory since there were no tabs, in the last round.
 *
 *   TABS=0,1,100,1000  ROUNDS=3  JOBS=3000  PAUSE=50  GATEWAYS=1
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { type Benchmark, round, type Summary, summarize } from '../../../bench/measure.ts';
import { makePeople, type Person } from './fanout/people.ts';
import { type BenchStack, startBenchStack } from './fanout/stack.ts';
import { Tab } from './fanout/tab.ts';

const TABS = (process.env.TABS ?? '0,1,100,1000').split(',').map(Number);
const ROUNDS = Number(process.env.ROUNDS ?? 3);
const JOBS = Number(process.env.JOBS ?? 3_000);
const PAUSE = Number(process.env.PAUSE ?? 50);
const GATEWAYS = Number(process.env.GATEWAYS ?? 1);
const WRITES = 200;
const SHARED_WRITES = 50;

interface Figures {
  jobsPerSecond: number[];
  writeMs: number[];
  deliveryMs: number[];
  lastingDeliveryMs: number[];
  sharedDeliveryMs: number[];
  memory: number;
}

const bench: Benchmark = async (progress) => {
  const stack = await startBenchStack(GATEWAYS);
  const people = await makePeople(stack.owner, Math.max(...TABS, 1) + 2);
  const [writer, watcher, ...others] = people;
  if (writer === undefined || watcher === undefined) throw new TypeError('there are always two people');
  const plain = others.map(({ user, thread, token }) => ({ user: user.id, thread: thread.id, token }));
  const entry = path.join(import.meta.dirname, 'fanout/tabs-entry.ts');
  const tabs = fork(entry, [JSON.stringify({ gateways: stack.gateways, people: plain })]);
  const figures = new Map<number, Figures>(
    TABS.map((count) => [
      count,
      { jobsPerSecond: [], writeMs: [], deliveryMs: [], lastingDeliveryMs: [], sharedDeliveryMs: [], memory: 0 },
    ]),
  );
  try {
    for (let index = 0; index < ROUNDS; index += 1) {
      for (const [count, figure] of figures) {
        tabs.send(count);
        await once(tabs, 'message');
        figure.writeMs.push(...(await singleWrites(stack, writer)));
        figure.memory = await stack.memory();
        if (count > 0) {
          figure.deliveryMs.push(...(await deliveries(stack, writer, PAUSE)));
          figure.lastingDeliveryMs.push(...(await deliveries(stack, writer, 0)));
          figure.sharedDeliveryMs.push(...(await sharedDeliveries(stack, others.at(-1) ?? writer, tabs)));
        }
        figure.jobsPerSecond.push(await drain(stack, others.length > 0 ? others : people));
        const now = `${Math.round(figure.jobsPerSecond.at(-1) ?? 0)} jobs/s`;
        progress(`${count} tabs: ${now}, write ${summarize(figure.writeMs).median} ms`);
      }
    }
    return { jobs: JOBS, rounds: ROUNDS, gateways: GATEWAYS, tabs: report(figures) };
  } finally {
    tabs.disconnect();
    await stack.close();
  }
};
export default bench;

/** A tab without subscriptions writes, one write after the other. */
async function singleWrites(stack: BenchStack, person: Person): Promise<number[]> {
  const tab = await Tab.open(stack.gateway, person, false);
  const samples: number[] = [];
  for (let index = 0; index < WRITES; index += 1) {
    const start = performance.now();
    await tab.write(edit(person, index));
    samples.push(performance.now() - start);
  }
  tab.close();
  return samples;
}

/** The writer's second tab subscribes to the thread, so one clock measures both ends. */
async function deliveries(stack: BenchStack, person: Person, pauseMs: number): Promise<number[]> {
  const [writing, watching] = [
    await Tab.open(stack.gateway, person, false),
    await Tab.open(stack.gateway, person, true),
  ];
  const samples: number[] = [];
  for (let index = 0; index < WRITES; index += 1) {
    const start = performance.now();
    const change = edit(person, index);
    const shown = watching.shows(change.fields.content);
    await Promise.all([writing.write(change), shown]);
    samples.push(performance.now() - start);
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  writing.close();
  watching.close();
  return samples;
}

/** The thread is the newest, so it is in the list of every tab. */
async function sharedDeliveries(stack: BenchStack, newest: Person, tabs: ChildProcess): Promise<number[]> {
  const writing = await Tab.open(stack.gateway, newest, false);
  const samples: number[] = [];
  for (let index = 0; index < SHARED_WRITES; index += 1) {
    const change = edit(newest, index);
    tabs.send(change.fields.content);
    await once(tabs, 'message');
    const start = performance.timeOrigin + performance.now();
    const [[times]] = await Promise.all([once(tabs, 'message') as Promise<[number[]]>, writing.write(change)]);
    for (const time of times) samples.push(time - start);
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
  writing.close();
  return samples;
}

function edit({ thread }: Person, index: number) {
  const fields = { content: `Edited ${index} at ${performance.now()}.` };
  return { kind: 'update', id: { $r: ['thread', String(thread.id)] }, fields } as const;
}

/** Jobs per second, including the time of the inserts. */
async function drain({ owner }: BenchStack, people: readonly Person[]): Promise<number> {
  const start = performance.now();
  const batch = 250;
  for (let done = 0; done < JOBS; done += batch) {
    const rows = Array.from({ length: batch }, (_, index) => {
      const person = people[(done + index) % people.length];
      return {
        path: '/spookify',
        payload: { id: String(person?.thread) },
        assigned_to: person?.thread,
        created_by: person?.user,
      };
    });
    await owner.query('INSERT INTO job $rows RETURN NONE', { rows });
  }
  for (;;) {
    const open = await owner.queryAll<[unknown[], unknown[]]>(
      `SELECT VALUE id FROM job WHERE status = 'pending' LIMIT 1; SELECT VALUE id FROM job WHERE status = 'processing' LIMIT 1`,
    );
    if (open.every((rows) => rows.length === 0)) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return JOBS / ((performance.now() - start) / 1_000);
}

function report(figures: ReadonlyMap<number, Figures>): object {
  const [none] = figures.values();
  const [fewest = 0] = figures.keys();
  const base = { jobs: summarize(none?.jobsPerSecond ?? []).median, write: summarize(none?.writeMs ?? []).median };
  return Object.fromEntries(
    [...figures].map(([count, { jobsPerSecond, writeMs, memory, ...figure }]) => {
      const jobs = summarize(jobsPerSecond).median;
      const write: Summary = summarize(writeMs);
      return [
        count,
        {
          jobsPerSecond: { rounds: jobsPerSecond.map(round), median: jobs, ofNoTabs: round(jobs / base.jobs) },
          writeMs: { ...write, ofNoTabs: round(write.median / base.write) },
          ...(count > 0 && {
            deliveryMs: summarize(figure.deliveryMs),
            lastingDeliveryMs: summarize(figure.lastingDeliveryMs),
            sharedDeliveryMs: summarize(figure.sharedDeliveryMs),
          }),
          ...(count > fewest && {
            memoryPerTabKiB: round((memory - (none?.memory ?? 0)) / 1_024 / (count - fewest)),
          }),
        },
      ];
    }),
  );
}
