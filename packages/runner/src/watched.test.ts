/*
 * What the owner of a job sees in a LIVE query of their own, for everything that the runner writes.
 */
import { socketFor } from '@spookify/surreal-link';
import { type LiveMessage, type RecordId, Surreal, type Uuid } from 'surrealdb';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { RunnerBackend } from './backends.ts';
import type { Handler } from './testing/backend.ts';
import { createSetting, eventually, inTurn, type Setting, status } from './testing/setting.ts';

let setting: Setting;
let owner: Surreal;
let told: string[] = [];

beforeAll(async () => {
  setting = await createSetting();
  const { url, namespace, database } = setting.database.options;
  owner = new Surreal({ websocketImpl: socketFor(new URL(url)) });
  await owner.connect(url, { namespace, database });
  const variables = { username: 'owner', password: 'long-enough-for-a-test' };
  await owner.signup({ namespace, database, access: 'account', variables });
  const [live] = await owner.query<[Uuid]>('LIVE SELECT * FROM job');
  (await owner.liveOf(live)).subscribe((message: LiveMessage) => {
    if (message.action !== 'KILLED') told.push(message.action === 'DELETE' ? 'deleted' : String(message.value.status));
  });
});
afterEach(async () => {
  const rows = await setting.database.query<unknown[]>('SELECT id FROM job');
  await setting.reset();
  if (rows.length > 0) await eventually(() => expect(told).toContain('deleted'));
  told = [];
});
afterAll(async () => {
  await owner.close();
  await setting.close();
});

async function create(): Promise<RecordId> {
  const fields = { path: '/spookify', payload: { id: 'thread:a' } };
  const [[job]] = await owner.query<[[{ id: RecordId }]]>('CREATE job CONTENT $fields RETURN id', { fields });
  return job.id;
}

/** In any order: two connections write, and the engine forwards each connection's writes separately. */
const isTold = (...statuses: string[]) => eventually(() => expect(told.toSorted()).toEqual(statuses.toSorted()));

/** The current status of the row of a call. */
function statusOf(request: Parameters<Handler>[0]): Promise<string> {
  const id = String(request.headers['x-job-id']);
  return setting.database.query<string>('SELECT VALUE status FROM ONLY type::record($id)', { id });
}

/** Answers once the row shows `processing`. */
const slowly: Handler = async (request) => {
  await eventually(async () => expect(await statusOf(request)).toBe('processing'));
  return {};
};

test('publishes running, then completed', async () => {
  setting.backend.answer(slowly);
  await setting.run();
  await create();
  await isTold('pending', 'processing', 'success');
});

test('publishes completion of a short call', async () => {
  await setting.run();
  await create();
  await eventually(() => expect(told.filter((one) => one !== 'processing').toSorted()).toEqual(['pending', 'success']));
});

test('publishes running before the call if every row must be marked', async () => {
  let seen = '';
  setting.backend.answer(async (request) => {
    seen = await statusOf(request);
    return {};
  });
  await setting.run({ backends: [{ ...setting.backend.options, marks: 'always' }] });
  await create();
  await isTold('pending', 'processing', 'success');
  expect(seen).toBe('processing');
});

test('publishes a retry', async () => {
  setting.backend.answer(
    inTurn(async (request, reply) => {
      await slowly(request, reply);
      return await status(503)(request, reply);
    }, slowly),
  );
  await setting.run();
  await create();
  await isTold('pending', 'processing', 'pending', 'processing', 'success');
});

test('publishes a recovery from a lost runner', async () => {
  setting.backend.answer(slowly);
  const id = await create();
  await setting.database.query(`UPDATE $id SET status = 'processing', runner = 'gone'`, { id });
  await isTold('pending', 'processing');
  await setting.run();
  await isTold('pending', 'processing', 'pending', 'processing', 'success');
});

test('publishes a cancellation', async () => {
  const id = await create();
  await owner.query(`UPDATE $id SET request = 'cancel' RETURN NONE`, { id });
  await isTold('pending', 'pending');
  await setting.run();
  await isTold('pending', 'pending', 'failed');
});

test('publishes pruning', async () => {
  const keepingNothing: RunnerBackend = { ...setting.backend.options, prune: { success: 0 } };
  const id = await create();
  const runner = await setting.run();
  await setting.becomes(id, { status: 'success' });
  await runner.stop();
  expect(told).not.toContain('deleted');
  await setting.run({ backends: [keepingNothing] });
  await eventually(() => expect(told).toContain('deleted'));
});
