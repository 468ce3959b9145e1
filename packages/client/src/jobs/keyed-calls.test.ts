import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RecordId } from '../index.ts';
import { type CuttingProxy, startCuttingProxy } from '../testing/cutting-proxy.ts';
import { eventually } from '../testing/eventually.ts';
import { type OptimisticClient, PASSWORD, People } from '../testing/people.ts';
import { startStack, type TestStack } from '../testing/stack.ts';
import type { JobState } from './job-state.ts';
import { KeyedCalls } from './keyed-calls.ts';

let stack: TestStack;
let proxy: CuttingProxy;
const people = new People(() => stack.url);
beforeAll(async () => {
  stack = await startStack();
  proxy = await startCuttingProxy(() => stack.url);
});
afterEach(() => people.close());
afterAll(async () => {
  await proxy.close();
  await stack.close();
});

const payload = { id: 'thread:abc' } as const;
const KEYED = { uniqueKey: 'a' } as const;

/** Calls with a key that a job of another device has, and does not learn of that job yet. */
async function calledUnanswered(lose: (db: OptimisticClient) => unknown) {
  const other = await people.newcomer();
  const db: OptimisticClient = people.optimisticVisitor(undefined, { url: proxy.url });
  await db.auth.signIn('account', { username: other.username, password: PASSWORD });
  await eventually(() => expect(db.sync.state.online).toBe(true));
  const made = await other.run('api', '/spookify', payload, KEYED);
  await lose(db);
  const call = await db.run('api', '/spookify', payload, KEYED);
  const states: JobState[] = [];
  const job = db.job(call);
  const stop = job.subscribe((state) => states.push(state));
  expect([job.state.kind, String(call) === String(made)]).toEqual(['waiting', false]);
  return { db, call, job, made, states, stop };
}

async function disconnect(db: OptimisticClient): Promise<void> {
  proxy.isDown = true;
  await eventually(() => expect(db.sync.state.online).toBe(false));
}

describe('the id of a call with a unique key', () => {
  it.each([
    { case: 'there was no connection', lose: disconnect },
    { case: 'the answer is late', lose: () => proxy.loseAnswers() },
  ])('stands for the job that has the key, if $case', async ({ lose }) => {
    const { db, call, job, made, states, stop } = await calledUnanswered(lose);
    const ended = job.ended;
    proxy.isDown = false;
    proxy.cut();
    await eventually(() => expect(String(job.state.row?.id)).toBe(String(made)));
    const later = db.job(call, 'api', '/spookify').ended;
    await db.cancel(call);
    const requests = 'SELECT VALUE request FROM job WHERE created_by = $made.created_by';
    await eventually(async () => expect(await stack.query(requests, { made })).toEqual([['cancel']]));
    await stack.query(`UPDATE $made SET status = 'success', result = { writer: 'x' }`, { made });
    expect(await Promise.all([ended, later])).toEqual([{ writer: 'x' }, { writer: 'x' }]);
    expect(new Set(states.map(({ kind }) => kind))).toEqual(new Set(['waiting', 'succeeded']));
    stop();
  });

  it('is missing if the database has refused the call', async () => {
    const ada = await people.newcomer();
    const thread = await ada.create('thread', { title: 'x', content: 'y' });
    const bob: OptimisticClient = await people.optimisticNewcomer();
    const call = await bob.run('api', '/spookify', payload, { ...KEYED, assignedTo: thread.id });
    await expect(bob.job(call).ended).rejects.toMatchObject({ code: 'SPOOKY_CLIENT_JOB_MISSING' });
    expect(bob.sync.state.failed).toHaveLength(1);
  });
});

it('remembers a bounded number of calls', async () => {
  const calls = new KeyedCalls();
  const idOf = (index: number) => new RecordId('job', `call${index}`);
  for (let index = 0; index <= 1_000; index += 1) {
    const answered = calls.follow(idOf(index), Promise.resolve({ id: new RecordId('job', 'other') }));
    expect(calls.isOpen(idOf(index))).toBe(true);
    await answered;
    expect([calls.isOpen(idOf(index)), String(calls.jobOf(idOf(index)))]).toEqual([false, 'job:other']);
  }
  expect([0, 1, 1_000].map((index) => String(calls.jobOf(idOf(index))))).toEqual([
    'job:call0',
    'job:other',
    'job:other',
  ]);
});
