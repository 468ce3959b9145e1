/*
 * Clients and a gateway whose clock is wrong. The database keeps the right time. Only `Date` is replaced: timers and
 * sockets are real.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RecordId } from './index.ts';
import { testBrowser } from './testing/browser.ts';
import { eventually } from './testing/eventually.ts';
import { PASSWORD, People, record, type TestClient } from './testing/people.ts';
import { startStack, type TestStack } from './testing/stack.ts';

const MINUTE = 60_000;
const YEAR = 365 * 24 * 60 * MINUTE;

let stack: TestStack;
const people = new People(() => stack.url);
beforeAll(async () => {
  stack = await startStack();
});
afterEach(() => {
  people.close();
  vi.useRealTimers();
});
afterAll(() => stack.close());

function setClock(offMs: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: performance.timeOrigin + performance.now() + offMs });
}

describe('a clock that is wrong from the start', () => {
  it.each([
    ['20 minutes fast', 20 * MINUTE],
    ['20 minutes slow', -20 * MINUTE],
    ['ten years fast', 10 * YEAR],
  ])('keeps the session and the data of the page: %s', async (_clock, offMs) => {
    setClock(offMs);
    const db = await people.newcomer();
    const threads = record(
      db,
      db
        .query('thread')
        .where({ author: userOf(db) })
        .orderBy('created_at')
        .build(),
    );
    await db.create('thread', { title: 'One', content: 'x' });
    await eventually(() => expect(threads.last.data).toMatchObject([{ title: 'One' }]));
    // The times of rows are the database's.
    const createdAt = threads.last.data?.[0]?.created_at.toDate().getTime() ?? 0;
    expect(Math.abs(createdAt - (Date.now() - offMs))).toBeLessThan(5 * MINUTE);
    const { username } = db;
    await db.auth.signOut();
    await db.auth.signIn('account', { username, password: PASSWORD });
    expect([db.auth.state.kind, db.connection.state.kind]).toEqual(['signed-in', 'connected']);
  });
});

describe('a clock that steps while the page is open', () => {
  it.each([
    ['a day forwards', 24 * 60 * MINUTE],
    ['ten years forwards', 10 * YEAR],
    ['twenty years backwards', -20 * YEAR],
  ])('changes nothing: %s', async (_step, offMs) => {
    const browser = testBrowser(stack.url);
    const db = await people.newcomer(browser.tab());
    const threads = record(
      db,
      db
        .query('thread')
        .where({ author: userOf(db) })
        .build(),
    );
    await db.create('thread', { title: 'Before', content: 'x' });
    setClock(offMs);
    await db.create('thread', { title: 'After', content: 'x' });
    await eventually(() => expect(threads.last.data).toHaveLength(2));
    // A reload restores the session, because the gateway decides whether it is valid.
    db.close();
    const reloaded = people.visitor(browser.tab());
    await eventually(() => expect(reloaded.auth.state.kind).toBe('signed-in'));
    setClock(0);
    await eventually(() => expect(reloaded.connection.state.kind).toBe('connected'));
    expect(reloaded.auth.state.kind).toBe('signed-in');
  });

  it('does not keep a session alive that the gateway has ended', async () => {
    const db = await people.newcomer();
    setClock(-10 * YEAR);
    await stack.endSessions();
    await stack.stopGateway();
    setClock(10 * YEAR);
    await stack.startGateway();
    await eventually(() => expect(db.auth.state.kind).toBe('signed-out'));
  });
});

function userOf({ auth: { state } }: TestClient): RecordId<'user'> {
  if (state.kind !== 'signed-in') throw new Error('The test has no user.');
  return state.user as RecordId<'user'>;
}
