/** The round that an answer names shows the write, also if a change was made long before its commit. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestDatabase, type TestDatabase } from '../../testing/database.ts';
import { TEST_SCHEMA } from '../../testing/schema.ts';
import { startTestGateway, type TestGateway } from '../../testing/test-gateway.ts';
import type { TestSocket } from '../../testing/test-socket.ts';

const RECENT_MS = 100;
/** The event runs after the one that writes the entry of the change, and keeps the transaction open. */
const SCHEMA = `${TEST_SCHEMA}
  DEFINE EVENT zz_slow ON project WHEN $after.title = 'slow' THEN { sleep(${8 * RECENT_MS}ms) };`;

let database: TestDatabase;
let test: TestGateway;
let writer: TestSocket;
let other: TestSocket;
beforeAll(async () => {
  database = await startTestDatabase(SCHEMA);
  // Only the promise of an answer makes a round read entries that are not recent.
  test = await startTestGateway({ database, limits: { changes: { recentMs: RECENT_MS, fullScanMs: 3_600_000 } } });
  const visitor = await test.signUp('ada');
  [writer, other] = [await test.connect(visitor), await test.connect(visitor)];
  writer.send({ type: 'subscribe', id: 1, plan: { table: 'project', select: ['title'] } });
  await writer.frame('snapshot');
});
afterAll(async () => {
  await test.close();
  await database.close();
});

const id = (key: string) => ({ $r: ['project', key] });
const create = (key: string, title: string) => ({ kind: 'create', id: id(key), fields: { title } });

/** Whether the text was sent before the commit of this round. */
async function isShownIn(visibleIn: number, text: string): Promise<boolean> {
  await writer.frame('commit', ({ round }) => round >= visibleIn);
  const end = writer.frames.findIndex((frame) => frame.type === 'commit' && frame.round >= visibleIn);
  return writer.frames.slice(0, end).some((frame) => frame.type === 'delta' && JSON.stringify(frame).includes(text));
}

/** Changes a title as a transaction does that was open for long: its entry is older than what rounds read. */
async function changeLate(key: string, title: string): Promise<void> {
  await database.owner.queryAll(
    `BEGIN;
     LET $row = type::record('project', $key);
     UPDATE $row SET title = $title RETURN NONE;
     DELETE spooky_change WHERE r CONTAINS $row RETURN NONE;
     CREATE type::record('spooky_change', $entry) SET r = [$row] RETURN NONE;
     COMMIT`,
    { key, title, entry: `01J000000000000000000000${key === 'repeated' ? '01' : '02'}` },
  );
}

it('shows a write whose own transaction was open for long', async () => {
  const answer = writer.write(create('slow', 'slow'));
  // Meanwhile other writes are shown, so rounds read only what came later.
  let isAnswered = false;
  void answer.then(() => {
    isAnswered = true;
  });
  for (let index = 0; !isAnswered; index += 1) await other.write(create(`quick-${index}`, 'quick'));
  const written = await answer;
  expect(written).toMatchObject({ type: 'written' });
  expect(await isShownIn((written as { visibleIn: number }).visibleIn, '"title":"slow"')).toBe(true);
});

it('shows what a repeat finds, however long ago it was made', async () => {
  await writer.write(create('repeated', 'x'), 'key');
  await changeLate('repeated', 'late');
  const answer = await writer.write(create('repeated', 'x'), 'key');
  expect(answer).toMatchObject({ type: 'written', result: { title: 'late' } });
  expect(await isShownIn((answer as { visibleIn: number }).visibleIn, '"title":"late"')).toBe(true);
});

it('shows what was committed before a sync, however long ago it was made', async () => {
  await writer.write(create('synced', 'x'));
  await changeLate('synced', 'before the sync');
  writer.send({ type: 'sync', id: 7 });
  const { visibleIn } = await writer.frame('synced', (frame) => frame.id === 7);
  expect(await isShownIn(visibleIn, '"title":"before the sync"')).toBe(true);
});
