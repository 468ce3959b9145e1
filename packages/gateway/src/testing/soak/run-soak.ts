/*
 * The soak: users with four tabs each, on several gateways and one database, all in separate processes and over real
 * sockets. They act at random and at the same time. Now and then everyone pauses, and each tab must show what a fresh
 * query of its user returns. The first frame that is wrong ends the run.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { judgeMemory, type MemoryVerdict } from '../../../../embedded-surreal/src/testing/load/memory.ts';
import { LIMITS } from '../../limits.ts';
import type { ServerFrame } from '../../wire/frames.ts';
import { startCluster } from '../kills/cluster.ts';
import { seededRandom } from '../random.ts';
import { openReaderSessions } from '../reader-sessions.ts';
import { SoakBrowser } from './browser.ts';
import { Delays } from './delays.ts';
import { SoakFault } from './fault.ts';
import { Gate } from './gate.ts';
import { Operator } from './operator.ts';
import { Oracle } from './oracle.ts';
import { ENGINE_PLAN, steadyPlans } from './plans.ts';
import { type QuietCounts, quietPoint } from './quiet-point.ts';
import { type Remainders, remainders } from './remainders.ts';
import { SOAK_SCHEMA } from './schema.ts';
import { SoakTab } from './soak-tab.ts';
import { type Action, FAVOURITES, SoakUser } from './soak-user.ts';
import type { World } from './world.ts';

export interface SoakOptions {
  readonly seconds: number;
  /** Decides which user does what, and in which order. */
  readonly seed: number;
  /** Default: 50, which is 200 tabs. */
  readonly users?: number;
  /** Default: 2. */
  readonly gateways?: number;
  /** The mean pause of a user between two actions, in milliseconds. Default: 1,000. */
  readonly pauseMs?: number;
  /** The time from an acknowledged write until every tab must show it, in milliseconds. Default: 20,000. */
  readonly boundMs?: number;
  /** The time between two quiet points, in seconds. Default: a twentieth of the run, from 3 to 60. */
  readonly quietSeconds?: number;
  /** Changes or drops a frame before a tab sees it. It proves that the checks can fail. */
  readonly interfere?: (frame: ServerFrame, tab: string) => ServerFrame | undefined;
  readonly progress?: (line: string) => void;
}

export interface SoakReport {
  readonly seed: number;
  readonly seconds: number;
  readonly tabs: number;
  readonly actions: Record<Action, number> & { readonly bulkStatements: number };
  readonly received: { readonly frames: number; readonly rows: number; readonly commits: number };
  /** Milliseconds from the acknowledgement of a write to the commit that shows it, over all tabs that must show it. */
  readonly deliveries: Delays['summary'];
  readonly quietPoints: QuietCounts & { readonly count: number };
  /** Snapshots for tabs that were behind. */
  readonly caughtUp: number;
  /** Views that the database was too slow for, counted in each tab. Each was shown again. */
  readonly tooSlow: number;
  readonly gateways: readonly GatewayReport[];
  /** What is left after all tabs have left. */
  readonly remaining: Remainders;
  /** The first frame, commit or difference that was wrong, with what is needed to find the cause. */
  readonly fault: { readonly message: string; readonly afterMs: number; readonly details: object } | undefined;
}

interface GatewayReport {
  /** Of the heap at quiet points, after a garbage collection. */
  readonly memory: MemoryVerdict;
  readonly rounds: number;
  readonly conflictsPerThousand: number;
  readonly proofs: number;
  readonly proofsFailed: number;
  readonly errors: readonly string[];
}

/** A heap of a gateway that grows by more than this is not flat, in bytes. */
const HEAP_ALLOWED = 8 * 1024 * 1024;
/** The first tab of one of this many users has a view that only the engine can evaluate. */
const ENGINE_VIEW_EVERY = 5;
const MARGIN_MS = 500;
const CHECK_MS = 250;

const GATEWAY_OPTIONS = {
  limits: {
    // All users come from one address.
    session: { signInsPerMinute: 1_000_000, postsPerMinute: 1_000_000 },
    // One of twenty first snapshots is compared with the reader's own session.
    views: { proofSample: 20 },
  },
};

export async function runSoak(options: SoakOptions): Promise<SoakReport> {
  const { seconds, seed, users: count = 50, gateways = 2, pauseMs = 1_000, boundMs = 20_000 } = options;
  const { quietSeconds = Math.min(60, Math.max(3, seconds / 20)), interfere, progress = () => undefined } = options;
  const cluster = await startCluster({ schema: SOAK_SCHEMA, gateways, options: GATEWAY_OPTIONS });
  const sessions = await openReaderSessions(cluster.options);
  const stopping = new AbortController();
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  const now = (): number => performance.now();
  const delays = new Delays();
  const gone = new Set<string>();
  let lastPlace = 0;

  const fail = (fault: SoakFault): void => {
    stopping.abort();
    failed.reject(fault);
  };
  const names = Array.from({ length: count }, (_, index) => `u${index}`);
  const newTab = (user: string, index: number): SoakTab => {
    const place = Number(user.slice(1));
    const favourite = `u${place % Math.min(FAVOURITES, count)}_${place % 2 === 0 ? 'public' : 'toggle'}`;
    const steady = steadyPlans({ $r: ['person', user] }, { $r: ['board', favourite] });
    return new SoakTab({
      name: `${user}.${index}`,
      user,
      favourite: `board:${favourite}`,
      plans: index === 0 && place % ENGINE_VIEW_EVERY === 0 ? [...steady, ENGINE_PLAN] : steady,
      now,
      onFault: fail,
      isGone: (key) => gone.has(key),
      onShown: (waitedMs) => {
        for (const ms of waitedMs) delays.add(ms);
      },
      ...(interfere && { interfere }),
    });
  };
  const tabs = new Map(names.map((name) => [name, [0, 1, 2, 3].map((index) => newTab(name, index))]));
  const all = [...tabs.values()].flat();
  const world: World = {
    owner: cluster.owner,
    gateways: cluster.gateways.map(({ url }) => url),
    tabsOf: (user) => tabs.get(user) ?? [],
    tabs: all,
    gone,
    nextPlace: () => {
      lastPlace += 1;
      return lastPlace;
    },
    pause: (ms) => delay(ms, undefined, { signal: stopping.signal }).catch(() => undefined),
  };
  const users = names.map((name, index) => {
    const own = tabs.get(name) ?? [];
    return new SoakUser({
      name,
      browsers: [new SoakBrowser(name, true, own.slice(0, 2)), new SoakBrowser(name, false, own.slice(2))],
      random: seededRandom(seed * 1_000 + index),
      world,
      stranger: names[(index + 1) % count] ?? name,
    });
  });
  const operator = new Operator(world, seededRandom(seed));
  const gate = new Gate(users.length + 1);
  const memory = cluster.gateways.map((): number[] => []);
  const quiet = { count: 0, compared: 0, resumed: 0 };
  let begin = now();
  let fault: SoakReport['fault'];
  let remaining: Remainders = {};

  async function prepare(): Promise<void> {
    await operator.furnish();
    for (const user of users) {
      const [page, program] = user.browsers;
      await page?.enter('sign-up', world.gateways[0] ?? '');
      await program?.enter('sign-in', world.gateways.at(-1) ?? '');
    }
    // Boards that others watch exist before anyone connects.
    for (const user of users) await user.settleIn();
    for (const user of users)
      await Promise.all(all.filter((tab) => tab.user === user.name).map((tab) => user.connect(tab)));
    progress(`${all.length} tabs are connected`);
  }

  async function work(actor: { act(): Promise<void> }, random: () => number): Promise<void> {
    try {
      for (;;) {
        await world.pause(pauseMs * (0.5 + random()));
        await gate.pass();
        if (stopping.signal.aborted) return;
        await actor.act();
      }
    } catch (error) {
      fail(error instanceof SoakFault ? error : new SoakFault(String(error), { stack: Object(error).stack }));
    }
  }

  async function watch(): Promise<void> {
    while (!stopping.signal.aborted) {
      await world.pause(CHECK_MS);
      try {
        for (const tab of all) tab.checkWaiting(boundMs);
      } catch (error) {
        if (error instanceof SoakFault) fail(error);
      }
    }
  }

  async function quieten(oracle: Oracle): Promise<void> {
    await gate.close();
    const counts = await quietPoint({ users, tabs: all, oracle, boundMs, now, pause: world.pause });
    quiet.count += 1;
    quiet.compared += counts.compared;
    quiet.resumed += counts.resumed;
    // Nothing refers to these rows any more.
    gone.clear();
    // The views that are left are the same at each quiet point.
    await world.pause(LIMITS.views.lingerMs + MARGIN_MS);
    const states = await Promise.all(cluster.gateways.map((gateway) => gateway.state()));
    for (const [index, { heap }] of states.entries()) memory[index]?.push(heap);
    const { p50, p99, max, count: shown } = delays.summary;
    const heaps = memory.map((samples) => `${Math.round((samples.at(-1) ?? 0) / 2 ** 20)} MiB`).join(', ');
    const seconds = Math.round((now() - begin) / 1_000);
    progress(
      `${seconds} s: ${shown} deliveries, ${p50}/${p99}/${max} ms, heaps ${heaps}, ${counts.compared} views equal`,
    );
  }

  async function run(): Promise<void> {
    await prepare();
    const oracle = await Oracle.open(cluster.owner, sessions);
    begin = now();
    const watching = watch();
    const pauses = seededRandom(seed + 1);
    const working = [...users, operator].map((actor) => work(actor, () => pauses.below(1_000) / 1_000));
    // On a slow machine, a short run has few quiet points, and memory is judged by their thirds.
    const leftMs = (): number => Math.max(seconds * 1_000 - (now() - begin), quiet.count < QUIET_POINTS_MIN ? 1 : 0);
    while (leftMs() > 0) {
      await world.pause(Math.min(quietSeconds * 1_000, Math.max(1_000, leftMs())));
      await quieten(oracle);
      if (leftMs() > 0) gate.open();
    }
    stopping.abort();
    gate.open();
    await Promise.all([...working, watching]);
  }

  try {
    await Promise.race([run(), failed.promise]);
    remaining = await remainders(cluster, users, all);
  } catch (error) {
    const { message, details } = error instanceof SoakFault ? error : new SoakFault(String(Object(error).stack));
    fault = { message, afterMs: Math.round(now() - begin), details };
  }
  stopping.abort();
  gate.open();
  try {
    return {
      seed,
      seconds: Math.round((now() - begin) / 1_000),
      tabs: all.length,
      actions: { ...sumOf(users.map(({ actions }) => actions)), bulkStatements: operator.bulkStatements },
      received: sumOf(all.map(({ counts: { frames, rows, commits } }) => ({ frames, rows, commits }))),
      deliveries: delays.summary,
      quietPoints: quiet,
      caughtUp: all.reduce((sum, { counts }) => sum + counts.caughtUp, 0),
      tooSlow: all.reduce((sum, { counts }) => sum + counts.tooSlow, 0),
      gateways: await Promise.all(
        cluster.gateways.map(async (gateway, index) => {
          const { stats, errors } = await gateway.state();
          const { rounds, conflicts, proofs, proofsFailed } = stats.views;
          return {
            memory: judgeMemory(memory[index] ?? [], HEAP_ALLOWED),
            rounds,
            conflictsPerThousand: Math.round((conflicts / Math.max(1, rounds)) * 1e5) / 100,
            proofs,
            proofsFailed,
            errors,
          };
        }),
      ),
      remaining,
      fault,
    };
  } finally {
    await Promise.all(all.map((tab) => tab.disconnect()));
    await sessions.close();
    await cluster.close();
  }
}

const QUIET_POINTS_MIN = 3;

/** What is wrong in a report, as text. */
export function problemsOf({ fault, gateways, remaining }: SoakReport): string[] {
  return [
    ...(fault === undefined ? [] : [fault.message]),
    ...gateways.flatMap(({ memory, proofsFailed, errors }, index) => [
      // A run that was ended has too few samples.
      ...(memory.flat || fault !== undefined
        ? []
        : [`the heap of gateway ${index} grew from ${memory.early} to ${memory.late} bytes`]),
      ...(proofsFailed === 0 ? [] : [`gateway ${index} showed other rows than the engine`]),
      ...errors.map((error) => `gateway ${index} logged: ${error}`),
    ]),
    ...Object.entries(remaining).flatMap(([name, count]) => (count === 0 ? [] : [`${count} ${name} remained`])),
  ];
}

function sumOf<Counts extends Record<string, number>>(parts: readonly Counts[]): Counts {
  const names = Object.keys(parts[0] ?? {});
  return Object.fromEntries(
    names.map((name) => [name, parts.reduce((sum, part) => sum + (part[name] ?? 0), 0)]),
  ) as Counts;
}
