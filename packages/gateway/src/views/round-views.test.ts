import { RecordId } from 'surrealdb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createCompiler } from '../plans/compile/compile-plan.ts';
import type { Compile } from '../plans/plan.ts';
import { readDatabaseSchema } from '../schema/read-schema.ts';
import { startTestDatabase, type TestDatabase } from '../testing/database.ts';
import { BOB, liveCompiler, startLiveViews, WAIT } from '../testing/live-fixture.ts';
import { plan, simpleCompiler } from '../testing/simple-plans.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase(`
    DEFINE TABLE person SCHEMALESS PERMISSIONS FOR select FULL;
    DEFINE TABLE team SCHEMALESS PERMISSIONS FOR select FULL;
    DEFINE TABLE task SCHEMALESS PERMISSIONS FOR select WHERE team.is_open = true;
    DEFINE FIELD team ON task TYPE record<team>;
    DEFINE TABLE room SCHEMALESS PERMISSIONS NONE;
    DEFINE TABLE seat SCHEMALESS PERMISSIONS FOR select WHERE room.is_open = true;
    DEFINE FIELD room ON seat TYPE record<room>;
    DEFINE TABLE account SCHEMALESS PERMISSIONS NONE;
    DEFINE TABLE notice SCHEMALESS PERMISSIONS FOR select WHERE $auth.role = 'admin';`);
});
afterAll(() => database.close());

const REAL = { readSchema: readDatabaseSchema, compilerOf: createCompiler, changeLimits: { schemaPollMs: 20 } };
const write = (text: string) => database.owner.queryAll(text);

describe('a view that has to be read again', () => {
  it('is not kept with its earlier state if everyone leaves it during the round', async () => {
    let onQuestion: () => void = () => undefined;
    const compilerOf = (): Compile => (item, reader) => ({
      ...liveCompiler()(item, reader),
      rows: () => {
        onQuestion();
        return { text: 'this is not a statement', bindings: {} };
      },
    });
    const { views, tab: open } = await startLiveViews(database, { compilerOf, viewLimits: { lingerMs: 60_000 } });
    const [first, second, other] = [open(), open(), open({ reader: BOB })];
    await write('CREATE team:1 SET is_open = true');
    views.subscribe(first, 1, plan('task'));
    views.subscribe(other, 1, plan('person'));
    await vi.waitFor(() => expect([first.rowsOf(1), other.rowsOf(1)]).toEqual([[], []]), WAIT);
    onQuestion = () => views.leave(first);
    await write('BEGIN; CREATE task:1 SET team = team:1; CREATE person:1; COMMIT');
    await vi.waitFor(() => expect(other.rowsOf(1)).toHaveLength(1), WAIT);
    views.subscribe(second, 1, plan('task'));
    await vi.waitFor(() => expect(second.rowsOf(1)).toBeDefined(), WAIT);
    expect(second.rowsOf(1)).toHaveLength(1);
  });
});

describe('a reader with many questions', () => {
  it('takes no more of a round than its budget, and is shown everything in the end', async () => {
    let questions = 0;
    const compilerOf = (): Compile => (item, reader) => {
      const compiled = simpleCompiler({ task: { where: 'sleep(10ms) = NONE' } })()(item, reader);
      const rows: typeof compiled.rows = (...asked) => {
        questions += 1;
        return compiled.rows(...asked);
      };
      return { ...compiled, rows };
    };
    // All 40 questions take 400 ms, and the first text of 32 takes 320 ms.
    const viewLimits = { readerMs: 1e6, readerRoundMs: 200 };
    const { views, tab: open } = await startLiveViews(database, { compilerOf, viewLimits });
    await write('DELETE task');
    const [many, other] = [open(), open({ reader: BOB })];
    views.subscribe(other, 1, plan('team'));
    const ids = Array.from({ length: 40 }, (_, id) => id);
    for (const id of ids) views.subscribe(many, id, plan('task', { limit: 100 + id }));
    await vi.waitFor(() => expect(ids.map((id) => many.rowsOf(id))).toEqual(ids.map(() => [])), WAIT);
    await write('CREATE task:1 SET team = team:1');
    await vi.waitFor(() => expect(ids.map((id) => many.rowsOf(id)?.length)).toEqual(ids.map(() => 1)), WAIT);
    expect(questions).toBeLessThan(ids.length);
  });
});

describe('a record that a permission reads', () => {
  it('is followed if its change is found after a round has read it already', async () => {
    await write('CREATE room:1 SET is_open = true; CREATE seat:1 SET room = room:1; CREATE seat:2 SET room = room:1');
    const { views, tab: open } = await startLiveViews(database, { ...REAL, changeLimits: { fullScanMs: 500 } });
    const tab = open();
    views.subscribe(tab, 1, plan('seat'));
    await vi.waitFor(() => expect(tab.rowsOf(1)).toHaveLength(2), WAIT);
    // A long transaction makes an entry that only a scan of the whole inbox finds.
    await write(`BEGIN; LET $spooky_quiet = true;
      UPDATE room:1 SET is_open = false; CREATE spooky_change:⟨${'0'.repeat(26)}⟩ SET r = [room:1];
      UPDATE seat:1 SET number = 1; CREATE spooky_change:ulid() SET r = [seat:1]; COMMIT`);
    await vi.waitFor(() => expect(tab.rowsOf(1)).toEqual([]), WAIT);
  });
});

describe('a permission of a new schema', () => {
  it('is evaluated with every field that it reads of other records', async () => {
    const { views, tab: open } = await startLiveViews(database, REAL);
    await write(
      'DELETE task, person; UPSERT team:1 SET is_open = true, is_closed = true; CREATE task:1 SET team = team:1',
    );
    const tab = open();
    views.subscribe(tab, 1, plan('task'));
    views.subscribe(tab, 2, plan('person'));
    await vi.waitFor(() => expect(tab.rowsOf(1)).toHaveLength(1), WAIT);
    await write('DEFINE TABLE OVERWRITE task SCHEMALESS PERMISSIONS FOR select WHERE team.is_closed != true');
    await vi.waitFor(() => expect(tab.rowsOf(1)).toEqual([]), WAIT);
    await write('BEGIN; CREATE task:2 SET team = team:1; CREATE person:1; COMMIT');
    await vi.waitFor(() => expect(tab.rowsOf(2)).toHaveLength(1), WAIT);
    expect(tab.rowsOf(1)).toEqual([]);
  });
});

describe('a reader whose record no client can see', () => {
  it('loses the rows that a field of this record allowed', async () => {
    const { views, tab: open } = await startLiveViews(database, REAL);
    await write("CREATE account:1 SET role = 'admin'; CREATE notice:1");
    const tab = open({ reader: new RecordId('account', 1) });
    views.subscribe(tab, 1, plan('notice'));
    await vi.waitFor(() => expect(tab.rowsOf(1)).toHaveLength(1), WAIT);
    await write("UPDATE account:1 SET role = 'user'");
    await vi.waitFor(() => expect(tab.rowsOf(1)).toEqual([]), WAIT);
  });
});
