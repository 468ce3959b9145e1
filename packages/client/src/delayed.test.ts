/* Views that only the database can evaluate follow the rounds about a second later. Own writes must not vanish meanwhile. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { FIXTURE_SCHEMA } from './testing/fixture-schema.ts';
import { type OptimisticClient, People, record } from './testing/people.ts';
import { startStack, type TestStack } from './testing/stack.ts';

const permissions = (select: string): string => `DEFINE TABLE OVERWRITE comment TYPE NORMAL SCHEMAFULL PERMISSIONS
  FOR select WHERE ${select} FOR create, delete WHERE $auth.id != NONE AND author = $auth.id FOR update NONE;`;
const EXACT = permissions('$auth.id != NONE');
const DELAYED = permissions('count((SELECT id FROM thread)) > 0');

let stack: TestStack;
const people = new People(() => stack.url);
beforeAll(async () => {
  stack = await startStack(FIXTURE_SCHEMA);
});
afterEach(() => people.close());
afterAll(() => stack.close());

/** A thread whose comments are watched. */
async function start(db: OptimisticClient) {
  const { id: thread, saved } = await db.create('thread', { title: 'a thread', content: 'x' });
  await saved;
  const seen = record(db, db.query('comment').where({ thread }).build());
  let made = 0;
  return {
    seen,
    contents: () => seen.last.data?.map(({ content }) => content) ?? [],
    comment: async () => {
      made += 1;
      const content = `comment ${made}`;
      await (await db.create('comment', { thread, content })).saved;
      return content;
    },
    /** Somebody else writes a comment. */
    other: async (content: string) => {
      await stack.query('CREATE comment SET thread = $thread, content = $content, author = $thread.author', {
        thread,
        content,
      });
    },
  };
}

/** The rows that were shown and then hidden, although none was deleted. */
function vanished(states: readonly { readonly data?: readonly { readonly content: string }[] | undefined }[]) {
  const known = new Set<string>();
  const missing = new Set<string>();
  for (const { data = [] } of states) {
    const shown = new Set(data.map(({ content }) => content));
    for (const content of known) if (!shown.has(content)) missing.add(content);
    for (const content of shown) known.add(content);
  }
  return [...missing];
}

it('a delayed view never hides a row that was shown', { timeout: 120_000 }, async () => {
  await stack.query(DELAYED);
  const { seen, contents, comment, other } = await start(await people.optimisticNewcomer());
  await other('first');
  await eventually(() => expect(contents()).toContain('first'));
  await eventually(() => expect(seen.last.kind).toBe('ready'));
  // Long enough that the view contains the earlier ones, and that they are not shown on top of it any more.
  for (const name of ['a', 'b', 'c', 'd', 'e']) {
    const content = await comment();
    expect(contents()).toContain(content);
    await other(name);
    await eventually(() => expect(contents()).toContain(name));
  }
  expect(vanished(seen.states)).toEqual([]);
});

it('a view that becomes delayed, and then is not any more, never hides a row that was shown', {
  timeout: 120_000,
}, async () => {
  await stack.query(EXACT);
  const { seen, contents, comment, other } = await start(await people.optimisticNewcomer());
  await comment();
  const switchTo = async (schema: string, name: string): Promise<void> => {
    await stack.query(schema);
    // Written without a pause until the gateway has the new schema, and beyond.
    let isShown = false;
    await other(name);
    const shown = eventually(() => expect(contents()).toContain(name)).finally(() => {
      isShown = true;
    });
    while (!isShown) await comment();
    await shown;
    for (let more = 0; more < 30; more += 1) await comment();
  };
  await switchTo(DELAYED, 'delayed');
  await switchTo(EXACT, 'exact');
  await switchTo(DELAYED, 'delayed again');
  expect(vanished(seen.states)).toEqual([]);
});
