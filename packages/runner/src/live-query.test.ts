/*
 * What the owner of a job sees in a LIVE query of their own, for everything that the runner writes.
 */
import { socketFor } from '@spookify/surreal-link';
import { type LiveMessage, type RecordId, Surreal, type Uuid } from 'surrealdb';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { RunnerBackend } from './backends.ts';
import type { Handler } from './testing/backend.ts';
import { createFixture, eventually, type Fixture, inTurn, status } from './testing/fixture.ts';

let fixture: Fixture;
let owner: Surreal;
let seen: string[] = [];

beforeAll(async () => {
  fixture = await createFixture();
  const { url, namespace, database } = fixture.database.options;
  owner = new Surreal({ websocketImpl: socketFor(new URL(url)) });
  await owner.connect(url, { namespace, database });
  const variables = { username: 'owner', password: 'long-enough-for-a-test' };
  await owner.signup({ namespace, database, access: 'account', variables });
  const [live] = await owner.query<[Uuid]>('LIVE SELECT * FROM job');
  (await owner.liveOf(live)).subscribe((message: LiveMessage) => {
    if (message.action !== 'KILLED') seen.push(message.action === 'DELETE' ? 'deleted' : String(message.value.status));
  });
});
afterEach(async () => {
  const rows = await fixture.database.query<unknown[]>('SELECT id FROM job');
  await fixture.reset();
  if (rows.length > 0) await eventually(() => expect(seen).toContain('deleted'));
  seen = [];
});
afterAll(async () => {
  await owner.close();
  await fixture.close();
});

async function create(): Promise<RecordId> {
  const fields = { path: '/spookify', payload: { id: 'thread:a' } };
  const [[job]] = await owner.query<[[{ id: RecordId }]]>('CREATE job CONTENT $fields RETURN id', { fields });
  return job.id;
}

/** In any order: two connections write, and the engine forwards each connection's writes separately. */
const isSeen = (...statuses: string[]) => eventually(() => expect(seen.toSorted()).toEqual(statuses.toSorted()));

/** The current status of the row of a call. */
function statusOf(request: Parameters<Handler>[0]): Promise<string> {
  const id = String(request.headers['x-job-id']);
  return fixture.database.query<string>('SELECT VALUE status FROM ONLY type::record($id)', { id });
}

/** Answers once the row shows `processing`. */
const slowly: Handler = async (request) => {
  await eventually(async () => expect(await statusOf(request)).toBe('processing'));
  return {};
};

test('publishes running, then completed', async () => {
  fixture.backend.answer(slowly);
  await fixture.run();
  await create();
  await isSeen('pending', 'processing', 'success');
});

test('publishes completion of a short call', async () => {
  await fixture.run();
  await create();
  await eventually(() => expect(seen.filter((one) => one !== 'processing').toSorted()).toEqual(['pending', 'success']));
});

test('publishes running before the call if every row must be marked', async () => {
  let statusInCall = '';
  fixture.backend.answer(async (request) => {
    statusInCall = await statusOf(request);
    return {};
  });
  await fixture.run({ backends: [{ ...fixture.backend.options, marks: 'always' }] });
  await create();
  await isSeen('pending', 'processing', 'success');
  expect(statusInCall).toBe('processing');
});

test('publishes a retry', async () => {
  fixture.backend.answer(
    inTurn(async (request, reply) => {
      await slowly(request, reply);
      return await status(503)(request, reply);
    }, slowly),
  );
  await fixture.run();
  await create();
  await isSeen('pending', 'processing', 'pending', 'processing', 'success');
});

test('publishes a recovery from a lost runner', async () => {
  fixture.backend.answer(slowly);
  const id = await create();
  await fixture.database.query(`UPDATE $id SET status = 'processing', runner = 'gone'`, { id });
  await isSeen('pending', 'processing');
  await fixture.run();
  await isSeen('pending', 'processing', 'pending', 'processing', 'success');
});

test('publishes a cancellation', async () => {
  const id = await create();
  await owner.query(`UPDATE $id SET request = 'cancel' RETURN NONE`, { id });
  await isSeen('pending', 'pending');
  await fixture.run();
  await isSeen('pending', 'pending', 'failed');
});

test('publishes pruning', async () => {
  const keepingNothing: RunnerBackend = { ...fixture.backend.options, prune: { success: 0 } };
  const id = await create();
  const runner = await fixture.run();
  await fixture.becomes(id, { status: 'success' });
  await runner.stop();
  expect(seen).not.toContain('deleted');
  await fixture.run({ backends: [keepingNothing] });
  await eventually(() => expect(seen).toContain('deleted'));
});
