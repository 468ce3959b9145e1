/* What gateways and database still hold after everyone has left. All counts must be 0. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from '../kills/cluster.ts';
import type { SoakTab } from './soak-tab.ts';
import type { SoakUser } from './soak-user.ts';

export type Remainders = Readonly<Record<string, number>>;

/** Longer than a view without subscribers is kept. */
const WAIT_MS = 15_000;
const RETRY_MS = 200;

/** Disconnects all tabs, signs all users out and waits until nothing is left, or no longer. */
export async function remainders(
  cluster: Cluster,
  users: readonly SoakUser[],
  tabs: readonly SoakTab[],
): Promise<Remainders> {
  await Promise.all(tabs.map((tab) => tab.disconnect()));
  for (const { browsers } of users) {
    for (const browser of browsers) await browser.signOut(cluster.gateways[0]?.url ?? '');
  }
  for (let waited = 0; ; waited += RETRY_MS) {
    const left = await count(cluster);
    if (waited >= WAIT_MS || Object.values(left).every((number) => number === 0)) return left;
    await delay(RETRY_MS);
  }
}

async function count({ gateways, owner }: Cluster): Promise<Remainders> {
  const states = await Promise.all(gateways.map((gateway) => gateway.state()));
  const sum = (of: (state: (typeof states)[number]) => number): number =>
    states.reduce((total, state) => total + of(state), 0);
  const [sessions, changes] = await owner.queryAll<[unknown[], unknown[]]>(
    'SELECT VALUE id FROM spooky_session; SELECT VALUE id FROM spooky_change',
  );
  return {
    sockets: sum(({ stats }) => stats.sockets),
    engineSessions: sum(({ stats }) => stats.engineSessions),
    views: sum(({ stats }) => stats.views.views),
    subscriptions: sum(({ stats }) => stats.views.subscriptions),
    viewBytes: sum(({ stats }) => stats.views.bytes),
    sessions: sessions.length,
    inboxEntries: changes.length,
  };
}
