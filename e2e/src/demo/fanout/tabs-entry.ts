/**
 * Many tabs in a separate process, spread over the gateways. A number opens as many tabs, and is answered when all have
 * their first data. A text is answered twice: when all tabs look for it, and with the times at which they showed it.
 */
import { RecordId } from 'surrealdb';
import type { Person } from './people.ts';
import { Tab } from './tab.ts';

const { gateways, people } = JSON.parse(String(process.argv[2])) as {
  gateways: string[];
  people: { user: string; thread: string; token: string }[];
};
const tabs: Tab[] = [];

process.on('message', async (message: number | string) => {
  if (typeof message === 'number') await open(message);
  else await look(message);
});
process.on('disconnect', () => process.exit());

async function look(text: string): Promise<void> {
  const shown = Promise.all(tabs.map((tab) => tab.shows(text).then(() => performance.timeOrigin + performance.now())));
  process.send?.('looking');
  process.send?.(await shown);
}

async function open(count: number): Promise<void> {
  while (tabs.length > count) tabs.pop()?.close();
  while (tabs.length < count) {
    const opening = people.slice(tabs.length, Math.min(count, tabs.length + 20)).map(personOf);
    const opened = opening.map((person, index) => {
      const gateway = gateways[(tabs.length + index) % gateways.length] ?? '';
      return Tab.open(gateway, person, true);
    });
    tabs.push(...(await Promise.all(opened)));
  }
  process.send?.(tabs.length);
}

function personOf({ user, thread, token }: { user: string; thread: string; token: string }): Person {
  return { user: new RecordId('user', user), thread: new RecordId('thread', thread), token };
}
