/*
 * The storm: two persons with two tabs each write through two gateways to one database. Gateways and database are
 * separate processes. Tabs, sockets, gateways and the database are killed while writes are under way. In the end, the
 * effects in the database are compared with the calls.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { type Cluster, startCluster } from '../../../../gateway/src/testing/kills/cluster.ts';
import { seededRandom } from '../../../../gateway/src/testing/random.ts';
import { FIXTURE_SCHEMA } from '../fixture-schema.ts';
import { REQUESTS } from '../requests.ts';
import { until } from '../stories/until.ts';
import { EFFECT_SCHEMA, readEffects } from './effects.ts';
import { faultsOf } from './ledger.ts';
import { Person, type Tab } from './person.ts';
import { type Kill, Killer, plannedVictims, VICTIMS, type Victim } from './victims.ts';
import { RandomWrites, type WriteKind } from './writes.ts';

export interface StormOptions {
  readonly writes: number;
  readonly kills: number;
  /** Decides what is written and what is killed, not how the processes interleave. */
  readonly seed: number;
  readonly progress?: (line: string) => void;
}

/** Times from a kill until a write that was called after it is saved, in milliseconds. */
export interface Recovery {
  readonly kills: number;
  readonly median: number;
  readonly longest: number;
}

export interface StormReport {
  readonly seed: number;
  readonly seconds: number;
  readonly writes: Readonly<Record<WriteKind, number>> & { readonly all: number };
  /** Calls that their tab was killed in, before they returned. */
  readonly interrupted: number;
  /** Writes that were not confirmed when something was killed. One write may count for several kills. */
  readonly pendingAtKills: number;
  readonly effects: number;
  /** Updates that were sent as part of another write. */
  readonly merged: number;
  readonly recovery: Readonly<Record<Victim, Recovery>>;
  readonly faults: readonly string[];
}

/** The share of kills after which the next one does not wait for the recovery. */
const OVERLAPPING = 0.2;
const PAUSE_MAX_MS = 30;
const RECOVERY_MS = 120_000;

export async function runStorm({
  writes,
  kills,
  seed,
  progress = () => undefined,
}: StormOptions): Promise<StormReport> {
  const random = seededRandom(seed);
  const startedAt = performance.now();
  const routes = Object.entries(REQUESTS.api).map(([path, request]) => [path, { path, request }] as const);
  const cluster = await startCluster({
    schema: FIXTURE_SCHEMA + EFFECT_SCHEMA,
    gateways: 2,
    options: { backends: [{ name: 'api', table: 'job', routes: Object.fromEntries(routes) }] },
  });
  const persons: Person[] = [];
  let connections = 0;
  const gatewayUrl = (): string => {
    connections += 1;
    return cluster.gateways[connections % cluster.gateways.length]?.url ?? '';
  };
  try {
    for (const name of ['ada', 'bob']) persons.push(await Person.enter(cluster, name, gatewayUrl));
    await quiet(persons);
    const made = new RandomWrites(random);
    const killer = new Killer(cluster, persons, random);
    const recoveries = new Map<Victim, Promise<number | undefined>[]>(VICTIMS.map((victim) => [victim, []]));
    let pendingAtKills = 0;
    for (const [at, victim] of plannedVictims(kills, random).entries()) {
      const due = Math.round(((at + 1) * writes) / kills);
      const before = made.count + random.below(due - made.count + 1);
      while (made.count < before) await made.random(random.pick(persons));
      // Without a pause, calls have not returned.
      if (random.chance(0.5)) await pause(random.below(PAUSE_MAX_MS));
      const pending = persons.reduce((sum, person) => sum + person.pending, 0);
      pendingAtKills += pending;
      const killedAt = performance.now();
      const kill = await killer.kill(victim);
      const recovered = recovery(kill, made, killedAt);
      recoveries.get(victim)?.push(recovered);
      while (made.count < due) await made.random(random.pick(persons));
      const isAwaited = !random.chance(OVERLAPPING);
      const ms = isAwaited ? await recovered : undefined;
      const after = isAwaited ? `, recovered after ${ms} ms` : '';
      progress(`${at + 1}/${kills} ${victim} (${kill.name}): ${pending} writes pending${after}`);
    }
    await killer.restarted();
    const faults = [...(await endFaults(cluster, persons, made))];
    const effects = await readEffects(cluster);
    faults.push(...made.faults, ...faultsOf(made.calls, effects));
    const count = (event: string): number => effects.filter((effect) => effect.event === event).length;
    return {
      seed,
      seconds: Math.round((performance.now() - startedAt) / 1_000),
      writes: { all: made.count, ...made.counts },
      interrupted: made.interrupted + made.calls.filter(({ isStored }) => !isStored).length,
      pendingAtKills,
      effects: effects.length,
      merged: made.counts.update - count('UPDATE'),
      recovery: Object.fromEntries(
        await Promise.all([...recoveries].map(async ([victim, all]) => [victim, summary(await Promise.all(all))])),
      ),
      faults,
    };
  } finally {
    await Promise.all(persons.map((person) => person.close()));
    await cluster.close();
  }
}

/** The time until those who notice the kill have saved a new write. Undefined if the tab that wrote it is killed. */
async function recovery(
  { persons, restarted }: Kill,
  made: RandomWrites,
  killedAt: number,
): Promise<number | undefined> {
  const saved = persons.map(async (person) => {
    const { tab, promised } = made.create(person);
    return await Promise.race([promised.then(({ saved }) => saved).then(() => true), tab.killed.then(() => false)]);
  });
  const [isSaved] = await Promise.all([Promise.all(saved).then((all) => all.every(Boolean)), restarted]);
  return isSaved ? Math.round(performance.now() - killedAt) : undefined;
}

/** Resolves when all tabs have sent everything. */
function quiet(persons: readonly Person[]): Promise<void> {
  return until(() => {
    for (const { name, db } of persons.flatMap(({ tabs }) => tabs)) {
      const { online, pending } = db.sync.state;
      if (!online || pending > 0) throw new Error(`${name}: online ${online}, ${pending} writes pending`);
    }
  }, RECOVERY_MS);
}

/** What is wrong with the tabs in the end. */
async function endFaults(
  { owner }: Cluster,
  persons: readonly Person[],
  { promises }: RandomWrites,
): Promise<readonly string[]> {
  const tabs = persons.flatMap((person) => person.tabs);
  try {
    await quiet(persons);
  } catch (error) {
    return [`it does not end: ${error}`];
  }
  const refused = tabs.flatMap(({ name, db }) =>
    db.sync.state.failed.map(({ id, error }) => `${id}: refused in ${name}: ${error.code} ${error.message}`),
  );
  const living = promises.filter(({ tab }) => !tab.isKilled);
  await until(() => {
    if (living.some(({ outcome }) => outcome === 'open')) throw new Error('`saved` of a living tab is open');
  }).catch(() => undefined);
  const unsaved = living
    .filter(({ outcome }) => outcome !== 'saved')
    .map(({ call, tab, outcome }) => `${call.record}: \`saved\` of ${tab.name} is ${JSON.stringify(outcome)}`);
  const shown = await Promise.all(persons.map((person) => wronglyShown(owner, person)));
  return [...refused, ...unsaved, ...shown.flat()];
}

/** The tabs that do not show the threads as the database has them. */
async function wronglyShown(owner: Cluster['owner'], { id, tabs }: Person): Promise<readonly string[]> {
  const [rows] = await owner.queryAll('SELECT id, title, content FROM thread WHERE author = $id', { id });
  const textOf = (threads: Tab['shown']): string =>
    JSON.stringify(threads.map((thread) => [String(thread.id), thread.title, thread.content]).sort());
  const truth = textOf(rows as Tab['shown']);
  const wrong = tabs.map(({ name, shown }) => {
    const seen = textOf(shown);
    return seen === truth ? [] : [`${name} shows ${seen} instead of ${truth}`];
  });
  return wrong.flat();
}

function summary(times: readonly (number | undefined)[]): Recovery {
  const known = times.filter((time) => time !== undefined).sort((one, other) => one - other);
  return { kills: times.length, median: known[Math.floor(known.length / 2)] ?? 0, longest: known.at(-1) ?? 0 };
}
