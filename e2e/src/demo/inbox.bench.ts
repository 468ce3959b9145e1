/*
 * Measures whether the inbox and the batches stay bounded: four people write for SECONDS while twenty tabs are subscribed.
 * Ten times during the run, the rows of the engine's tables are counted, and 20 writes are timed until another tab shows
 * them.
 *
 *   SECONDS=600
 */
import { type Benchmark, summarize } from '../../../bench/measure.ts';
import { makePeople, type Person } from './fanout/people.ts';
import { type BenchStack, startBenchStack } from './fanout/stack.ts';
import { Tab } from './fanout/tab.ts';

const SECONDS = Number(process.env.SECONDS ?? 600);
const WRITERS = 4;
const TABS = 20;
/** Below the rate limit of the gateway for the writes of one person. */
const WRITE_EVERY_MS = 25;
const TABLES = ['spooky_change', 'spooky_change_batch', 'spooky_gateway'] as const;

interface Sample {
  readonly second: number;
  readonly writes: number;
  readonly rows: Record<string, number>;
  readonly deliveryMs: number;
}

const bench: Benchmark = async (progress) => {
  const stack = await startBenchStack();
  try {
    const people = await makePeople(stack.owner, WRITERS + 1);
    const [observed, ...writers] = people;
    if (observed === undefined) throw new TypeError('there are always people');
    const tabs = await Promise.all(
      Array.from({ length: TABS }, (_, index) =>
        Tab.open(stack.gateway, people[index % people.length] ?? observed, true),
      ),
    );
    let isStopped = false;
    let writes = 0;
    const writing = writers.map(async (person) => {
      const tab = await Tab.open(stack.gateway, person, false);
      while (!isStopped) {
        await Promise.all([tab.write(edit(person)), new Promise((resolve) => setTimeout(resolve, WRITE_EVERY_MS))]);
        writes += 1;
      }
      tab.close();
    });
    const samples = [await sample(stack, observed, 0, 0)];
    const start = performance.now();
    for (let tenth = 1; tenth <= 10; tenth += 1) {
      await new Promise((resolve) => setTimeout(resolve, (SECONDS * 1_000 * tenth) / 10 - (performance.now() - start)));
      samples.push(await sample(stack, observed, (SECONDS * tenth) / 10, writes));
      progress(JSON.stringify(samples.at(-1)));
    }
    isStopped = true;
    await Promise.all(writing);
    for (const tab of tabs) tab.close();
    return { seconds: SECONDS, writes, samples };
  } finally {
    await stack.close();
  }
};
export default bench;

async function sample(stack: BenchStack, person: Person, second: number, writes: number): Promise<Sample> {
  const rows: Record<string, number> = {};
  for (const table of TABLES) {
    const [found] = await stack.owner.queryAll<[{ count: number }[]]>(`SELECT count() FROM ${table} GROUP ALL`);
    rows[table] = found[0]?.count ?? 0;
  }
  const [writing, watching] = [
    await Tab.open(stack.gateway, person, false),
    await Tab.open(stack.gateway, person, true),
  ];
  const times: number[] = [];
  for (let index = 0; index < 20; index += 1) {
    const start = performance.now();
    const change = edit(person);
    const shown = watching.shows(change.fields.content);
    await Promise.all([writing.write(change), shown]);
    times.push(performance.now() - start);
  }
  writing.close();
  watching.close();
  return { second, writes, rows, deliveryMs: summarize(times).median };
}

function edit({ thread }: Person) {
  const fields = { content: `Edited at ${performance.now()}.` };
  return { kind: 'update', id: { $r: ['thread', String(thread.id)] }, fields } as const;
}
