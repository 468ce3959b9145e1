import type { Cluster } from '../../../../gateway/src/testing/kills/cluster.ts';
import type { KillableProcess } from '../../../../gateway/src/testing/kills/killable-process.ts';
import type { Random } from '../../../../gateway/src/testing/random.ts';
import { until } from '../stories/until.ts';
import type { Person } from './person.ts';

export const VICTIMS = ['tab', 'socket', 'gateway', 'database'] as const;
export type Victim = (typeof VICTIMS)[number];

/** Of twenty kills. */
const SHARES: Readonly<Record<Victim, number>> = { tab: 7, socket: 6, gateway: 5, database: 2 };
const POOL = VICTIMS.flatMap((victim) => Array<Victim>(SHARES[victim]).fill(victim));
const START_MS = 60_000;

export interface Kill {
  readonly victim: Victim;
  readonly name: string;
  /** Those who notice it. */
  readonly persons: readonly Person[];
  /** Resolves when what was killed is back. */
  readonly restarted: Promise<unknown>;
}

/** The victims of a list of kills: each one at least once, the others at random. */
export function plannedVictims(count: number, { pick, below }: Random): readonly Victim[] {
  const planned = Array.from({ length: count }, (_, at) => VICTIMS[at] ?? pick(POOL));
  for (let at = planned.length - 1; at > 0; at -= 1) {
    const other = below(at + 1);
    [planned[at], planned[other]] = [planned[other] as Victim, planned[at] as Victim];
  }
  return planned;
}

/** Kills tabs, sockets and processes, and starts them again. */
export class Killer {
  readonly #cluster: Cluster;
  readonly #persons: readonly Person[];
  readonly #random: Random;
  readonly #restarts = new Map<KillableProcess, Promise<unknown>>();

  constructor(cluster: Cluster, persons: readonly Person[], random: Random) {
    this.#cluster = cluster;
    this.#persons = persons;
    this.#random = random;
  }

  /** Resolves as soon as the victim is dead. */
  async kill(victim: Victim): Promise<Kill> {
    const { pick, chance } = this.#random;
    const person = pick(this.#persons);
    switch (victim) {
      case 'tab': {
        const tab = pick(person.tabs);
        person.replace(tab);
        return { victim, name: tab.name, persons: [person], restarted: Promise.resolve() };
      }
      case 'socket': {
        // The answer to a request is lost, or whatever is under way.
        if (chance(0.5)) person.network.cutAnswers();
        else person.network.cut();
        return { victim, name: String(person.id.id), persons: [person], restarted: Promise.resolve() };
      }
      case 'gateway':
        return await this.#restart(victim, pick(this.#cluster.gateways));
      case 'database':
        return await this.#restart(victim, this.#cluster.database);
    }
  }

  async #restart(victim: Victim, process: KillableProcess): Promise<Kill> {
    await this.#restarts.get(process);
    await process.kill();
    // A gateway that starts without a database ends.
    const restarted = until(() => process.start(), START_MS);
    restarted.catch(() => undefined);
    this.#restarts.set(process, restarted);
    return { victim, name: process.name, persons: this.#persons, restarted };
  }

  /** Resolves when everything is back. */
  async restarted(): Promise<void> {
    await Promise.all(this.#restarts.values());
  }
}
