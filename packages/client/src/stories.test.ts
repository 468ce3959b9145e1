import 'fake-indexeddb/auto';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { fuzzSettings, seededRandom } from '../../gateway/src/testing/random.ts';
import { startStack, type TestStack } from './testing/stack.ts';
import { Story } from './testing/stories/story.ts';

vi.setConfig({ testTimeout: 600_000 });

/** What was written, in the order of the commits of each record. */
const HISTORY = `
DEFINE TABLE history SCHEMALESS PERMISSIONS NONE;
DEFINE INDEX history_author ON history FIELDS author;
DEFINE EVENT history_thread ON thread WHEN $event != 'DELETE' AND $before.title != $after.title THEN {
  CREATE history SET record = $after.id, author = $after.author, value = $after.title, n = time::now();
};
DEFINE EVENT history_comment ON comment WHEN $event = 'CREATE' THEN {
  CREATE history SET record = $after.thread, author = $after.author, value = $after.content, n = time::now();
};
`;

let stack: TestStack;
beforeAll(async () => {
  stack = await startStack();
  await stack.query(HISTORY);
});
afterAll(() => stack.close());

it('shows, keeps and makes every write once, in order, whatever happens', async () => {
  const { runs, seed } = fuzzSettings(8);
  for (let run = 0; run < runs; run += 1) {
    const story = new Story(stack, seededRandom(seed + run));
    await story.run(60).catch((error) => expect.fail(`SEED=${seed + run} RUNS=1: ${error.message}`));
  }
});
