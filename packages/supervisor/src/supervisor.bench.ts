/**
 * What supervision costs: a supervised entry compared with a bare `fork` of an ES module, messages compared with bare
 * IPC, and how late a blocked child is detected.
 *
 * The bare child gets the same output pipes and the same serialization, so the ratio shows what the supervisor adds:
 * its module in the child, the import of the entry, the protocol.
 *
 * Targets: spawn to ready at most 1.3 times, from a spare at most 5 ms, a round trip at most 1.3 times, detection at
 * most 50 ms after the timeout.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSupervisor, type LifecycleEvent, type ProcessHandle, type Supervisor } from '@spookify/supervisor';
import {
  type Benchmark,
  type Comparison,
  compare,
  medianLatency,
  type Summary,
  summarize,
} from '../../../bench/measure.ts';

/** Many short rounds: both sides of a round see the same load on the machine only if they run close together. */
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 25);
/** Starts per round. The result of the round is their median. */
const STARTS = 3;
const ROUND_TRIPS = 300;
const SPARES = 2 * ROUNDS;
const BLOCKED = ROUNDS;
const TIMEOUT_MS = 200;

const FILES = {
  'dist/ready.js': 'export default (p) => { p.ready(); };',
  'dist/echo.js': 'export default (p) => { p.onMessage((message) => p.send(message)); p.ready(); };',
  'dist/blocked.js': 'export default (p) => { p.ready(); setImmediate(function spin() { for (;;); }); };',
  'bare/ready.js': "process.on('message', () => {}); process.send('ready');",
  'bare/echo.js': "process.on('message', (message) => process.send(message)); process.send('ready');",
  'package.json': '{ "type": "module" }',
};

const message = { type: 'config_update', config: { mode: 'fast', text: 'spooky '.repeat(20), numbers: [1, 2, 3] } };

const supervisorBenchmark: Benchmark = async (progress) => {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'spooky-bench-')));
  for (const folder of ['dist', 'bare']) await mkdir(join(root, folder));
  for (const [name, source] of Object.entries(FILES)) await writeFile(join(root, name), source);
  const supervisor = createSupervisor({ root, scope: { type: 'operator' } });
  const compared: Record<string, Comparison> = {};
  const measure = async (name: string, unit: string, sides: Parameters<typeof compare>[2]) => {
    const result = await compare(unit, ROUNDS, sides);
    const { median, min, max } = result.ratio;
    progress(`${name}: supervised/bare ${median} (${min} to ${max}), in ${ROUNDS} rounds`);
    compared[name] = result;
  };
  try {
    await measure('spawnToReady', 'ms', {
      subject: () => medianStart(() => supervisedStart(supervisor)),
      baseline: () => medianStart(() => bareStart(root)),
    });
    const echo = await supervisor.spawn({ entry: 'dist/echo.js', heartbeatTimeoutMs: 0 });
    const bare = await bareChild(root, 'echo.js');
    const [there, bareThere] = [supervisedRoundTrip(supervisor, echo), bareRoundTrip(bare)];
    await measure('roundTrip', 'ms', {
      subject: () => medianLatency(ROUND_TRIPS, there),
      baseline: () => medianLatency(ROUND_TRIPS, bareThere),
    });
    await Promise.all([echo.stop(), end(bare)]);
    const blocked = await detection(supervisor);
    progress(`blocked: found ${blocked.found.median} ms after its timeout, gone after ${blocked.gone.median} ms`);
    const spare = await spareToReady(supervisor);
    progress(`spare: spawn to ready ${spare.median} ms (p90 ${spare.p90})`);
    return {
      targets: {
        spawnToReady: 'ratio <= 1.3',
        spareToReady: 'median <= 5 ms',
        roundTrip: 'ratio <= 1.3',
        blocked: 'found median <= 50 ms after the timeout',
      },
      ratios: Object.fromEntries(Object.entries(compared).map(([name, { ratio }]) => [name, ratio])),
      spareToReady: { unit: 'ms', ...spare },
      blocked,
      // The subject is the supervised side, the baseline the bare one.
      rounds: compared,
    };
  } finally {
    await supervisor.close();
    await rm(root, { recursive: true, force: true });
  }
};

export default supervisorBenchmark;

/** Returns the duration of the start. The end of the process is awaited outside the measured time. */
async function medianStart(start: () => Promise<number>): Promise<number> {
  const samples: number[] = [];
  for (let index = 0; index < STARTS; index += 1) samples.push(await start());
  return summarize(samples).median;
}

async function supervisedStart(supervisor: Supervisor): Promise<number> {
  const begun = performance.now();
  const process = await supervisor.spawn({ entry: 'dist/ready.js', stopTimeoutMs: 0 });
  const elapsed = performance.now() - begun;
  await process.stop();
  return elapsed;
}

async function bareStart(root: string): Promise<number> {
  const begun = performance.now();
  const child = await bareChild(root, 'ready.js');
  const elapsed = performance.now() - begun;
  await end(child);
  return elapsed;
}

async function bareChild(root: string, name: string): Promise<ChildProcess> {
  const child = fork(join(root, 'bare', name), [], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    serialization: 'advanced',
    execArgv: [],
  });
  await once(child, 'message');
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  const closed = once(child, 'close');
  child.kill('SIGKILL');
  await closed;
}

function supervisedRoundTrip(supervisor: Supervisor, handle: ProcessHandle): () => Promise<unknown> {
  let answered = (_payload: unknown) => {};
  supervisor.onMessage((event) => answered(event.payload));
  return () =>
    new Promise((resolve) => {
      answered = resolve;
      handle.send(message);
    });
}

function bareRoundTrip(child: ChildProcess): () => Promise<unknown> {
  let answered = (_payload: unknown) => {};
  child.on('message', (payload) => answered(payload));
  return () =>
    new Promise((resolve) => {
      answered = resolve;
      child.send(message);
    });
}

/** Each start first waits, outside the measured time, until a spare is ready. */
async function spareToReady(supervisor: Supervisor): Promise<Summary> {
  const samples: number[] = [];
  const hold = setInterval(() => {}, 1000); // neither spares nor the wait for them keep the host alive
  for (let index = 0; index < SPARES; index += 1) {
    await supervisor.keepSpares({ count: 1 });
    samples.push(await supervisedStart(supervisor));
  }
  await supervisor.keepSpares({ count: 0 });
  clearInterval(hold);
  return summarize(samples.slice(1));
}

/**
 * For children that block as soon as they are ready: the time from the timeout to the event of the watchdog, and to the
 * end of the process.
 */
async function detection(supervisor: Supervisor) {
  const found: number[] = [];
  const gone: number[] = [];
  let named = 0;
  for (let index = 0; index < BLOCKED; index += 1) {
    let due = 0;
    const ended = new Promise<LifecycleEvent>((resolve) => {
      const detach = supervisor.onLifecycle((event) => {
        if (event.state === 'running') due = performance.now() + TIMEOUT_MS;
        if (event.state === 'stopping') found.push(performance.now() - due);
        if (event.exit === undefined) return;
        gone.push(performance.now() - due);
        detach();
        resolve(event);
      });
    });
    await supervisor.spawn({ entry: 'dist/blocked.js', heartbeatTimeoutMs: TIMEOUT_MS });
    const { exit } = await ended;
    if (exit?.activity?.text.includes('spin') === true) named += 1;
  }
  return { unit: 'ms after the timeout', found: summarize(found), gone: summarize(gone), named, of: BLOCKED };
}
