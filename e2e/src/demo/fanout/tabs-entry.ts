/** Many tabs in a separate process. Opens as many as each message says, and answers when all have their first data. */
import { RecordId } from 'surrealdb';
import type { Person } from './people.ts';
import { Tab } from './tab.ts';

const { gateway, people } = JSON.parse(String(process.argv[2])) as {
  gateway: string;
  people: { user: string; thread: string; token: string }[];
};
const tabs: Tab[] = [];

process.on('message', async (count: number) => {
  while (tabs.length > count) tabs.pop()?.close();
  while (tabs.length < count) {
    const opening = people.slice(tabs.length, Math.min(count, tabs.length + 20)).map(personOf);
    tabs.push(...(await Promise.all(opening.map((person) => Tab.open(gateway, person, true)))));
  }
  process.send?.(tabs.length);
});
process.on('disconnect', () => process.exit());

function personOf({ user, thread, token }: { user: string; thread: string; token: string }): Person {
  return { user: new RecordId('user', user), thread: new RecordId('thread', thread), token };
}
