import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { installGateway } from '../../install/install.ts';
import { TOKEN_KEY } from '../../testing/database.ts';
import { startTestGateway, type TestGateway } from '../../testing/test-gateway.ts';
import type { TestSocket } from '../../testing/test-socket.ts';
import type { ClientFrame } from '../../wire/frames.ts';
import { decodeValue } from '../../wire/value.ts';

/* The owner of the database changes the schema while views are open. */

let test: TestGateway;
let socket: TestSocket;
beforeEach(async () => {
  test = await startTestGateway();
  const visitor = await test.signUp('ada');
  await test.owner.queryAll(
    `CREATE project:mine SET title = 'mine', owner = $ada; CREATE project:open SET title = 'open', owner = person:x, is_public = true;
     CREATE project:hidden SET title = 'hidden', owner = person:x; CREATE task:t SET title = 'task', project = project:open;
     CREATE note:n SET author = $ada, text = 'note'`,
    { ada: decodeValue(visitor.user) },
  );
  socket = await test.connect(visitor);
});
afterEach(() => test.close());

const project = (select: string) => `DEFINE TABLE OVERWRITE project TYPE NORMAL SCHEMAFULL
  PERMISSIONS FOR select ${select} FOR create, update, delete NONE`;

async function open(plan: object): Promise<void> {
  socket.send({ type: 'subscribe', id: 1, plan } as ClientFrame);
  await socket.frame('snapshot');
}

/** The rows that the tab of the view shows now: those of the last snapshot with all later deltas. */
function shown(): readonly unknown[] {
  const keys: string[] = [];
  const rows = new Map<string, unknown>();
  for (const frame of socket.frames) {
    if (frame.type === 'failed') keys.length = 0;
    if (frame.type !== 'snapshot' && frame.type !== 'delta') continue;
    if (frame.type === 'snapshot') keys.length = 0;
    for (const [, key, , row] of frame.rows) rows.set(key, row);
    for (const [, , splices] of frame.lists) {
      for (const [at, remove, insert] of splices) keys.splice(at, remove, ...insert);
    }
  }
  return keys.map((key) => rows.get(key));
}

const titles = (): unknown => shown().map((row) => (row as { title?: string }).title);
const poll = (value: () => unknown) => expect.poll(value, { timeout: 10_000 });

describe('a permission of a table', () => {
  it('removes rows when it becomes stricter, and returns them when it is relaxed', async () => {
    await open({ table: 'project' });
    expect(titles()).toEqual(['mine', 'open']);
    await test.owner.queryAll(project('WHERE $auth.id != NONE AND owner = $auth.id'));
    await poll(titles).toEqual(['mine']);
    const from = socket.frames.length;
    await test.owner.queryAll(
      "UPDATE project:open SET title = 'still hidden'; UPDATE project:mine SET title = 'still mine'",
    );
    await poll(titles).toEqual(['still mine']);
    expect(JSON.stringify(socket.frames.slice(from))).not.toContain('still hidden');
    await test.owner.queryAll(project('WHERE $auth.id != NONE'));
    await poll(titles).toEqual(['hidden', 'still mine', 'still hidden']);
  });

  it('fails the view when it becomes NONE, and is left to the engine when it cannot be compiled', async () => {
    await open({ table: 'project' });
    await test.owner.queryAll(project('NONE'));
    expect(await socket.frame('failed')).toMatchObject({ error: { code: 'SPOOKY_GATEWAY_BAD_PLAN' } });
    await test.owner.queryAll("UPDATE project:open SET title = 'never seen'");
    await test.owner.queryAll(
      project('WHERE count((SELECT id FROM task WHERE project = project:open)) > 0 AND is_public'),
    );
    await poll(titles).toEqual(['never seen']);
    await test.owner.queryAll('DELETE task');
    await poll(titles).toEqual([]);
  });
});

describe('a permission of a field', () => {
  it('removes the field from shown rows when it hides the field, and no longer sends its changes', async () => {
    await open({ table: 'project' });
    const field = (select: string) =>
      `DEFINE FIELD OVERWRITE title ON project TYPE string PERMISSIONS FOR select ${select} FOR create, update FULL`;
    await test.owner.queryAll(field('NONE'));
    await poll(titles).toEqual([undefined, undefined]);
    const from = socket.frames.length;
    await test.owner.queryAll("UPDATE project:open SET title = 'unseen', position = 1");
    await poll(() => JSON.stringify(shown())).toContain('"position":1');
    expect(JSON.stringify(socket.frames.slice(from))).not.toContain('unseen');
    await test.owner.queryAll(field('FULL'));
    await poll(titles).toEqual(['mine', 'unseen']);
  });

  it.each([
    ['selects', { select: ['title', 'position'] }],
    ['is ordered by', { select: ['title'], orderBy: [{ field: 'position' }] }],
    ['has a condition on', { select: ['title'], where: { field: 'position', is: 'ne', value: 7 } }],
    [
      'has a relation through',
      { select: ['title'], related: [{ name: 'people', field: 'owner', plan: { table: 'person' } }] },
    ],
  ])('fails a view that %s the field until the field is visible again', async (_, plan) => {
    await open({ table: 'project', ...plan });
    const fields = (select: string) =>
      `DEFINE FIELD OVERWRITE position ON project TYPE option<int> PERMISSIONS FOR select ${select};
       DEFINE FIELD OVERWRITE owner ON project TYPE record<person> PERMISSIONS FOR select ${select}`;
    await test.owner.queryAll(fields('NONE'));
    expect(await socket.frame('failed')).toMatchObject({ error: { code: 'SPOOKY_GATEWAY_BAD_PLAN' } });
    const from = socket.frames.length;
    await test.owner.queryAll("UPDATE project:open SET position = 7, title = 'still open'");
    await test.owner.queryAll(fields('FULL'));
    await socket.frame('snapshot', (frame) => socket.frames.indexOf(frame) >= from);
  });
});

describe('a transaction that changes a row and who may see it', () => {
  it('never shows a state in between, in either order', async () => {
    await open({ table: 'task' });
    expect(titles()).toEqual(['task']);
    for (const [first, second] of [
      ['UPDATE task:t SET title = "secret"', 'UPDATE project:open SET is_public = false'],
      ['UPDATE project:open SET is_public = false', 'UPDATE task:t SET title = "secret"'],
    ]) {
      await test.owner.queryAll(`BEGIN; ${first}; ${second}; COMMIT`);
      await poll(titles).toEqual([]);
      await test.owner.queryAll(
        'BEGIN; UPDATE project:open SET is_public = true; UPDATE task:t SET title = "task"; COMMIT',
      );
      await poll(titles).toEqual(['task']);
    }
    await test.owner
      .queryAll('BEGIN; UPDATE task:t SET title = "secret", project = project:hidden; COMMIT')
      .catch(() => undefined);
    await test.owner.queryAll(
      'BEGIN; CREATE task:u SET title = "secret", project = project:hidden; DELETE project:open; COMMIT',
    );
    await poll(titles).toEqual([]);
    expect(JSON.stringify(socket.frames)).not.toContain('secret');
  });
});

describe('a table that is removed and created again', () => {
  it('shows its new rows, logs that its changes are not watched, and is watched after an installation', async () => {
    await test.owner.queryAll('DEFINE FIELD text ON note TYPE option<string>');
    await open({ table: 'note' });
    await poll(shown).toMatchObject([{ text: 'note' }]);
    const { tables } = await test.owner.query<{ tables: Record<string, string> }>('INFO FOR DB');
    const { fields } = await test.owner.query<{ fields: Record<string, string> }>('INFO FOR TABLE note');
    const definitions = [tables.note, ...Object.values(fields)].join('; ');
    await test.owner.queryAll(`REMOVE TABLE note; ${definitions}`);
    await poll(shown).toEqual([]);
    await poll(() => test.log.some((line) => line.includes('spooky db migrate') && line.includes("'note'"))).toBe(true);
    await installGateway(test.owner, TOKEN_KEY);
    const { user } = await socket.frame('hello');
    await test.owner.queryAll("CREATE note:m SET author = $ada, text = 'new'", { ada: decodeValue(user) });
    await poll(shown).toMatchObject([{ text: 'new' }]);
    await test.owner.queryAll("UPDATE note:m SET text = 'newer'");
    await poll(shown).toMatchObject([{ text: 'newer' }]);
  });
});

describe('a user whose own row no longer permits access', () => {
  it('loses the rows in the transaction of the change', async () => {
    await test.owner.queryAll(
      "DEFINE FIELD is_blocked ON person TYPE bool DEFAULT false; UPDATE person SET is_blocked = false; CREATE team:t SET title = 'team'",
    );
    await test.owner.queryAll(
      'DEFINE TABLE OVERWRITE team TYPE NORMAL SCHEMAFULL PERMISSIONS FOR select WHERE $auth.id != NONE AND $auth.is_blocked = false FOR create, update, delete NONE',
    );
    await poll(() => {
      socket.send({ type: 'unsubscribe', id: 1 });
      socket.send({ type: 'subscribe', id: 1, plan: { table: 'team' } } as ClientFrame);
      return titles();
    }).toEqual(['team']);
    await test.owner.queryAll("BEGIN; UPDATE person SET is_blocked = true; UPDATE team:t SET title = 'secret'; COMMIT");
    await poll(titles).toEqual([]);
    expect(JSON.stringify(socket.frames)).not.toContain('secret');
  });
});
