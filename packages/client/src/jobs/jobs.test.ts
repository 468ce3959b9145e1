import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ClientError, type Job, type JobId, type JobState, RecordId } from '../index.ts';
import { eventually } from '../testing/eventually.ts';
import { People, type TestClient } from '../testing/people.ts';
import { startStack, type TestStack } from '../testing/stack.ts';

let stack: TestStack;
const people = new People(() => stack.url);
beforeAll(async () => {
  stack = await startStack();
});
afterEach(() => people.close());
afterAll(() => stack.close());

const start = (db: TestClient) => db.run('api', '/spookify', { id: 'thread:abc' });
/** Changes the row as the runner does. */
const change = (id: RecordId, fields: Record<string, unknown>) =>
  stack.query('UPDATE $id MERGE $fields', { id, fields });
const failure = (code: string) => ({ attempt: 1, at: new Date(), code, reason: `It failed with ${code}.` });
const fail = (id: RecordId, code = 'http_500') => change(id, { status: 'failed', errors: [failure(code)] });

/** Subscribes and records the kinds of all states. */
function kindsOf<Result>(job: Job<Result>) {
  const kinds: JobState['kind'][] = [];
  const stop = job.subscribe(({ kind }) => kinds.push(kind));
  return { kinds, stop };
}

const endOf = (job: Job): Promise<unknown> => job.ended.catch((error: unknown) => error);

describe('job', () => {
  it('follows a job from its start to its result', async () => {
    const db = await people.newcomer();
    const id = await start(db);
    const job = db.job(id);
    expect(job.state).toEqual({ kind: 'loading', row: undefined });
    const { kinds, stop } = kindsOf(job);
    await eventually(() =>
      expect(job.state).toMatchObject({ kind: 'waiting', retries: 0, row: { path: '/spookify' } }),
    );
    await change(id, { status: 'processing', progress: { value: 0.5, note: 'reading' } });
    await eventually(() => expect(job.state).toMatchObject({ kind: 'running', progress: { value: 0.5 } }));
    await change(id, { status: 'success', result: { writer: 'offline' } });
    await eventually(() => expect(job.state).toMatchObject({ kind: 'succeeded', result: { writer: 'offline' } }));
    expect(kinds).toEqual(['waiting', 'running', 'succeeded']);
    stop();
    stop();
    expect(job.state.kind).toBe('succeeded');
  });

  it('calls every subscriber until it leaves', async () => {
    const db = await people.newcomer();
    const id = await start(db);
    const [one, other] = [db.job(id), db.job(id)];
    const [first, second, third] = [kindsOf(one), kindsOf(one), kindsOf(other)];
    await eventually(() =>
      expect([first.kinds, second.kinds, third.kinds]).toEqual([['waiting'], ['waiting'], ['waiting']]),
    );
    first.stop();
    third.stop();
    await change(id, { status: 'processing' });
    await eventually(() => expect(second.kinds).toEqual(['waiting', 'running']));
    expect([first.kinds, third.kinds]).toEqual([['waiting'], ['waiting']]);
    second.stop();
  });

  it('of a row or a URL has a route, and is missing if it is of another one', async () => {
    const db = await people.newcomer();
    const { id: key } = await start(db);
    const id = new RecordId('job', key);
    await change(id, { status: 'success', result: { writer: 'x' } });
    expect(await db.job(`job:${key as string}`, 'api', '/spookify').ended).toEqual({ writer: 'x' });
    expect(await db.job(id, 'api', '/spookify').ended).toEqual({ writer: 'x' });
    const other = new RecordId('job', crypto.randomUUID());
    await stack.query(`CREATE $other SET path = '/other', created_by = $user, status = 'success'`, {
      ...{ other, user: (db.auth.state as { user: RecordId }).user },
    });
    expect(await db.job(other).ended).toBeUndefined();
    expect(await endOf(db.job(other, 'api', '/spookify'))).toMatchObject({ code: 'SPOOKY_CLIENT_JOB_MISSING' });
  });

  it('is missing for other users, and after it was deleted', async () => {
    const [ada, bob] = [await people.newcomer(), await people.newcomer()];
    const id = await start(ada);
    expect(await endOf(bob.job(id))).toMatchObject({ code: 'SPOOKY_CLIENT_JOB_MISSING' });
    // What the error says: as the owner of the job.
    const job = ada.job(id);
    const ended = endOf(job);
    await eventually(() => expect(job.state.kind).toBe('waiting'));
    await stack.query('DELETE $id', { id });
    expect(await ended).toBeInstanceOf(ClientError);
    expect(job.state).toMatchObject({ kind: 'missing', error: { code: 'SPOOKY_CLIENT_JOB_MISSING' } });
  });

  it.each<[code: string, id: JobId | `${string}:${string}`, ...route: string[]]>([
    ['SPOOKY_CLIENT_NOT_A_JOB', 'thread:abc'],
    ['SPOOKY_CLIENT_NOT_A_JOB', new RecordId('thread', 'abc')],
    ['SPOOKY_CLIENT_NOT_A_JOB', 'job:'],
    ['SPOOKY_CLIENT_NOT_A_JOB', 'thread:abc', 'api', '/spookify'],
    ['SPOOKY_CLIENT_UNKNOWN_BACKEND', 'job:abc', 'web', '/spookify'],
    ['SPOOKY_CLIENT_UNKNOWN_ROUTE', 'job:abc', 'api', '/haunt'],
  ])('throws %s for %s', (code, id, ...route) => {
    const [backend, path] = route as ['api', '/spookify'];
    expect(() => people.visitor().job(id, backend, path)).toThrow(expect.objectContaining({ code }));
  });
});

describe('ended', () => {
  it('rejects with the code of the last failure, and waits anew after a retry', async () => {
    const db = await people.newcomer();
    const id = await start(db);
    const job = db.job(id);
    const { stop } = kindsOf(job);
    const first = endOf(job);
    await fail(id, 'http_422');
    expect(await first).toMatchObject({
      code: 'SPOOKY_CLIENT_JOB_FAILED',
      reason: 'http_422',
      message: expect.stringContaining('It failed with http_422.'),
    });
    expect(await endOf(job)).toMatchObject({ reason: 'http_422' });
    await change(id, { request: 'retry' });
    await eventually(() => expect(job.state.kind).toBe('waiting'));
    const second = job.ended;
    expect(job.ended).toBe(second);
    await change(id, { status: 'pending', request: undefined });
    await change(id, { status: 'success', result: { writer: 'later' } });
    expect((await second).writer).toBe('later');
    stop();
  });

  it('stays pending while the connection is lost', async () => {
    const db = await people.newcomer();
    const id = await start(db);
    const job = db.job(id);
    const ended = job.ended;
    await eventually(() => expect(job.state.kind).toBe('waiting'));
    await stack.stopGateway();
    await eventually(() => expect(db.connection.state.kind).toBe('reconnecting'));
    expect(job.state.kind).toBe('waiting');
    await change(id, { status: 'success', result: { writer: 'meanwhile' } });
    await stack.startGateway();
    expect(await ended).toEqual({ writer: 'meanwhile' });
  });

  it('rejects when the client is closed', async () => {
    const db = await people.newcomer();
    const job = db.job(await start(db));
    const ended = endOf(job);
    db.close();
    expect(await ended).toMatchObject({ code: 'SPOOKY_CLIENT_CLOSED' });
    expect(await endOf(job)).toMatchObject({ code: 'SPOOKY_CLIENT_CLOSED' });
  });

  it('rejects if the gateway refuses to read the job', async () => {
    const db = await people.newcomer();
    const id = await start(db);
    const watches = Array.from({ length: 256 }, (_, n) =>
      db.watch(
        db
          .query('thread')
          .where({ title: `${n}` })
          .build(),
        () => undefined,
      ),
    );
    expect(await endOf(db.job(id))).toMatchObject({ code: 'SPOOKY_CLIENT_LIMIT' });
    for (const stop of watches) stop();
  });
});

describe('cancel and retry', () => {
  it('store what the owner asks for', async () => {
    const db = await people.newcomer();
    const id = await start(db);
    const requestOf = async () => (await stack.query<[string[]]>('SELECT VALUE request FROM $id', { id }))[0];
    await db.cancel(id);
    await eventually(async () => expect(await requestOf()).toEqual(['cancel']));
    await db.retry(id.toString() as 'job:abc');
    await eventually(async () => expect(await requestOf()).toEqual(['retry']));
  });

  it('are refused for the job of another user, and for what is no job', async () => {
    const [ada, bob] = [await people.newcomer(), await people.newcomer()];
    const id = await start(ada);
    await bob.cancel(id);
    await eventually(() =>
      expect(bob.sync.state.failed).toMatchObject([{ kind: 'update', error: { code: 'SPOOKY_CLIENT_REFUSED' } }]),
    );
    // What the next error says: the id that run has returned, which `id` is.
    await expect(ada.cancel('thread:abc')).rejects.toMatchObject({ code: 'SPOOKY_CLIENT_NOT_A_JOB' });
    await expect(ada.retry('abc' as 'job:abc')).rejects.toMatchObject({ code: 'SPOOKY_CLIENT_NOT_A_JOB' });
  });
});
