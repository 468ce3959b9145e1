import { afterAll, afterEach, beforeAll, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import { newName, PASSWORD, People, record } from '../testing/people.ts';
import { startStack, type TestStack } from '../testing/stack.ts';
import { type Devtools, installDevtools } from './index.ts';

let stack: TestStack;
const people = new People(() => stack.url);
const installed: (() => void)[] = [];
beforeAll(async () => {
  stack = await startStack();
});
afterEach(() => {
  for (const uninstall of installed.splice(0)) uninstall();
  people.close();
});
afterAll(() => stack.close());

/** A client of a new user with developer tools from the start. */
async function inspected() {
  const db = people.optimisticVisitor();
  const uninstall = installDevtools(db);
  installed.push(uninstall);
  const tools = current();
  await db.auth.signUp('account', { username: newName(), password: PASSWORD });
  return { db, tools, uninstall };
}

function current(): Devtools {
  const tools = globalThis.__spookify;
  if (tools === undefined) throw new Error('The tools are not installed.');
  return tools;
}

it('reports a query with its rows, its watches and the round of its last update', async () => {
  const { db, tools } = await inspected();
  const author = db.auth.state.kind === 'signed-in' ? db.auth.state.user : undefined;
  const mine = db.query('thread').where({ author: author as never });
  const seen = record(db, mine.build());
  record(db, mine.build());
  record(db, mine.count().build());
  await eventually(() => expect(seen.last.kind).toBe('ready'));
  const before = tools.queries[0];
  expect(before).toMatchObject({ table: 'thread', state: 'ready', rows: 0, subscribers: 2, error: undefined });
  const { saved } = await db.create('thread', { title: 'A house', content: 'It creaks.' });
  await saved;
  await eventually(() => {
    const [list, count] = tools.queries;
    expect([list?.rows, count?.rows, count?.plan.count]).toEqual([1, 1, true]);
    expect(list?.version?.round).toBeGreaterThan(before?.version?.round ?? Number.POSITIVE_INFINITY);
    expect(list?.updates).toBeGreaterThan(before?.updates ?? Number.POSITIVE_INFINITY);
    expect(list).toMatchObject({ version: { position: expect.any(Number) }, updatedAt: expect.any(Date) });
  });
});

it('reports who is signed in, the connection, and the frames of the socket', async () => {
  const { db, tools } = await inspected();
  record(db, db.query('thread').build());
  await eventually(() => expect(tools.queries[0]?.state).toBe('ready'));
  const user = db.auth.state.kind === 'signed-in' ? db.auth.state.user.toString() : '';
  expect(tools.auth).toEqual({ state: 'signed-in', user });
  expect(tools.connection).toEqual({ state: 'connected', attempt: undefined, error: undefined });
  expect(tools.sync).toMatchObject({ online: true, pending: 0, failed: 0 });
  expect(tools.log).toContainEqual(expect.objectContaining({ kind: 'received', type: 'hello', about: user }));
  expect(tools.log).toContainEqual(expect.objectContaining({ kind: 'sent', type: 'subscribe', about: '#1 thread' }));
  expect(tools.log).toContainEqual(expect.objectContaining({ kind: 'state', of: 'query', to: 'ready' }));
  expect(tools.log).toContainEqual(
    expect.objectContaining({ kind: 'round', queries: 1, round: expect.any(Number), position: expect.any(Number) }),
  );
  onTestFinished(() => stack.startGateway());
  await stack.stopGateway();
  await eventually(() => expect(tools.connection.error).toBe('SPOOKY_CLIENT_NOT_CONNECTED'));
  expect(tools.sync).toMatchObject({ online: false, lastSynced: expect.any(Date) });
  expect(tools.log).toContainEqual(expect.objectContaining({ kind: 'state', of: 'sync', to: 'offline' }));
});

it('has no password, and no value of a field before the developer asks for values', async () => {
  const text = 'words that are private';
  const { db, tools } = await inspected();
  const seen = record(db, db.query('thread').where({ content: text }).build());
  await eventually(() => expect(seen.last.kind).toBe('ready'));

  const { id, saved } = await db.create('thread', { title: 'A house', content: text });
  await saved;
  const base = { title: 'A tent', content: text };
  const conflict = await db.update(id, { title: text }, { base });
  await conflict.saved.catch(() => undefined);
  await (await db.create('thread', { title: '', content: text })).saved.catch(() => undefined);
  await db.run('api', '/spookify', { id: `thread:${text}` });
  onTestFinished(() => stack.startGateway());
  await stack.stopGateway();
  await eventually(() => expect(tools.sync.online).toBe(false));
  await db.create('comment', { thread: id, content: text });

  expect(tools.failed).toMatchObject([
    { kind: 'update', record: id.toString(), code: 'SPOOKY_CLIENT_CONFLICT', conflict: ['title'], fields: ['title'] },
    { kind: 'create', code: 'SPOOKY_CLIENT_DATABASE', fields: ['title', 'content'] },
  ]);
  expect(tools.pending.at(-1)).toMatchObject({ kind: 'create', state: 'waiting', fields: ['thread', 'content'] });
  expect(tools.queries).toHaveLength(1);
  const hidden = JSON.stringify(globalThis.__spookify);
  for (const secret of [text, PASSWORD, 'A tent']) expect(hidden).not.toContain(secret);

  tools.showValues = true;
  const shown = JSON.stringify(globalThis.__spookify);
  expect(shown).toContain(text);
  expect(shown).not.toContain(PASSWORD);
  expect(tools.queries[0]?.data).toMatchObject([{ content: text }]);
  expect(tools.pending.at(-1)?.values).toMatchObject({ content: text });
  expect(JSON.stringify(tools.log)).not.toContain(text);
});

it('tries a refused write again, and gives it up', async () => {
  const { db, tools } = await inspected();
  await (await db.create('thread', { title: '', content: 'x' })).saved.catch(() => undefined);
  const [failed] = tools.failed;
  expect(failed?.code).toBe('SPOOKY_CLIENT_DATABASE');
  await failed?.retry({ title: 'A house' });
  await eventually(() => expect(tools.log.map((entry) => entry.kind === 'write' && entry.to)).toContain('made'));
  expect(tools.failed).toEqual([]);

  await (await db.create('thread', { title: '', content: 'x' })).saved.catch(() => undefined);
  await tools.failed[0]?.discard();
  expect(tools.failed).toEqual([]);
  expect(tools.log).toContainEqual(expect.objectContaining({ kind: 'write', to: 'gone' }));
});

it('records nothing after it is uninstalled', async () => {
  const { db, tools, uninstall } = await inspected();
  const heard: unknown[] = [];
  const unsubscribe = tools.subscribe((entry) => heard.push(entry));
  record(db, db.query('thread').build());
  await eventually(() => expect(heard).not.toEqual([]));
  unsubscribe();
  uninstall();
  uninstall();
  expect(globalThis.__spookify).toBeUndefined();
  const before = [tools.log.length, heard.length];
  await (await db.create('thread', { title: 'A house', content: 'x' })).saved;
  db.close();
  expect([tools.log.length, heard.length]).toEqual(before);
});
