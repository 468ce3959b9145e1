import { type JobId, RecordId } from '@spookify/client';
import { createSignal } from 'solid-js';
import { describe, expect, expectTypeOf, it, onTestFinished } from 'vitest';
import { eventually } from '../../client/src/testing/eventually.ts';
import { newName, type OptimisticClient, PASSWORD } from '../../client/src/testing/people.ts';
import { useJob, useRun } from './index.ts';
import { testApp } from './testing/test-app.ts';

const { mount, people, shown, stack } = testApp();

const payload = { id: 'thread:abc' };
/** Changes the row as the runner does, as soon as it is stored. */
const change = (id: RecordId | undefined, fields: Record<string, unknown>) =>
  eventually(async () => {
    const [rows] = await stack.query<[unknown[]]>('UPDATE $id MERGE $fields', { id, fields });
    expect(rows).toHaveLength(1);
  });
const failure = (code: string) => ({ attempt: 1, at: new Date(), code, reason: `It failed with ${code}.` });

describe('useRun', () => {
  it('follows a call from its start to its result', async () => {
    const db: OptimisticClient = await people.optimisticNewcomer();
    const spookify = mount(() => useRun(db, 'api', '/spookify'));
    expectTypeOf(spookify.result).toEqualTypeOf<{ writer: string } | undefined>();
    expect([spookify.state, spookify.pending, spookify.job]).toEqual(['idle', false, undefined]);
    const states = shown(() => [spookify.state, spookify.pending]);
    const notes = shown(() => spookify.job?.progress?.note);
    const id = await spookify.run(payload, { max_retries: 1 });
    await eventually(() => expect(spookify.job?.max_retries).toBe(1));
    await change(id, { status: 'processing', progress: { note: 'reading' } });
    await eventually(() => expect(spookify.state).toBe('running'));
    await change(id, { status: 'success', result: { writer: 'offline' } });
    await eventually(() => expect(spookify.result?.writer).toBe('offline'));
    expect(states).toEqual([
      ['idle', false],
      ['starting', true],
      // Before the gateway answers.
      ['waiting', true],
      ['running', true],
      ['succeeded', false],
    ]);
    // Once when the row appears, and once for the note. The other changes of the row do not concern it.
    expect(notes).toEqual([undefined, undefined, 'reading']);
    spookify.reset();
    expect([spookify.state, spookify.job, spookify.result]).toEqual(['idle', undefined, undefined]);
  });

  it('has the reason why a job has failed, and its owner’s retry', async () => {
    const db: OptimisticClient = await people.optimisticNewcomer();
    const spookify = mount(() => useRun(db, 'api', '/spookify'));
    const id = await spookify.run(payload);
    await change(id, { status: 'failed', errors: [failure('http_422')] });
    await eventually(() => expect(spookify.state).toBe('failed'));
    expect(spookify.error).toMatchObject({ code: 'SPOOKY_CLIENT_JOB_FAILED', reason: 'http_422' });
    await change(id, { status: 'pending' });
    await eventually(() => expect([spookify.state, spookify.error]).toEqual(['waiting', undefined]));
    await spookify.cancel();
    await eventually(() => expect(spookify.job?.request).toBe('cancel'));
    await spookify.retry();
    await eventually(() => expect(spookify.job?.request).toBe('retry'));
    // The permissions of the test allow no request for a job that was retried.
    await change(id, { retries: 1 });
    await spookify.cancel();
    await eventually(() => expect(spookify.error).toMatchObject({ code: 'SPOOKY_CLIENT_REFUSED' }));
    expect(spookify.state).toBe('waiting');
  });

  it('has the reason why a call was refused', async () => {
    const db: OptimisticClient = await people.optimisticNewcomer();
    const spookify = mount(() => useRun(db, 'api', '/spookify'));
    expect(await spookify.run({ id: 'no thread' })).toBeUndefined();
    expect([spookify.state, spookify.pending, spookify.job]).toEqual(['refused', false, undefined]);
    expect(spookify.error).toMatchObject({ code: 'SPOOKY_CLIENT_INVALID_PAYLOAD' });
    await spookify.retry();
    await spookify.run(payload);
    await eventually(() => expect([spookify.state, spookify.error]).toEqual(['waiting', undefined]));
  });

  it('follows the last of several calls, and the others go on', async () => {
    const db: OptimisticClient = await people.optimisticNewcomer();
    const spookify = mount(() => useRun(db, 'api', '/spookify'));
    const ids = await Promise.all([spookify.run(payload), spookify.run(payload)]);
    await eventually(() => expect(String(spookify.job?.id)).toBe(String(ids[1])));
    const statuses = () => stack.query('SELECT VALUE status FROM $ids', { ids });
    await eventually(async () => expect(await statuses()).toEqual([['pending', 'pending']]));
    const started = spookify.run(payload);
    spookify.reset();
    expect(await started).toBeInstanceOf(RecordId);
    expect(spookify.state).toBe('idle');
  });
});

it('a call that the database refuses has the reason, also if it was shown before', async () => {
  const ada = await people.newcomer();
  const thread = await ada.create('thread', { title: 'x', content: 'y' });
  const bob: OptimisticClient = await people.optimisticNewcomer();
  const spookify = mount(() => useRun(bob, 'api', '/spookify'));
  const states = shown(() => spookify.state);
  await spookify.run({ id: thread.id }, { assignedTo: thread.id });
  await eventually(() => expect([spookify.state, spookify.pending]).toEqual(['refused', false]));
  expect(spookify.error).toMatchObject({ code: 'SPOOKY_CLIENT_REFUSED' });
  expect(states).not.toContain('missing');
});

it('follows the job that has the unique key, also if the gateway says so only later', async () => {
  const db: OptimisticClient = await people.optimisticNewcomer();
  const { user } = db.auth.state as { user: RecordId };
  const spookify = mount(() => useRun(db, 'api', '/spookify'));
  const states = shown(() => spookify.state);
  onTestFinished(() => stack.startGateway());
  await stack.stopGateway();
  await eventually(() => expect(db.sync.state.online).toBe(false));
  const id = await spookify.run(payload, { uniqueKey: 'a' });
  const other = new RecordId('job', newName());
  // What another device has made meanwhile.
  const made = `CREATE $other SET created_by = $user, path = '/spookify', unique_key = 'a', retries = 1,
    active_key = fn::job::active_key($user, '/spookify', 'a')`;
  await stack.query(made, { other, user });
  await stack.startGateway();
  await eventually(() => expect(spookify.job?.id.toString()).toBe(String(other)));
  expect(String(id)).not.toBe(String(other));
  // The permissions of the test allow no request for a job that was retried.
  await spookify.cancel();
  await eventually(() => expect(spookify.error).toMatchObject({ code: 'SPOOKY_CLIENT_REFUSED' }));
  await change(other, { status: 'success', result: { writer: 'x' } });
  await eventually(() => expect(spookify.result).toEqual({ writer: 'x' }));
  expect(states).not.toContain('missing');
});

describe('retry', () => {
  it('repeats a call that was refused, with its arguments', async () => {
    const db: OptimisticClient = people.optimisticVisitor();
    const spookify = mount(() => useRun(db, 'api', '/spookify'));
    await spookify.retry();
    expect(spookify.state).toBe('idle');
    await spookify.run(payload, { max_retries: 7 });
    expect(spookify.error).toMatchObject({ code: 'SPOOKY_CLIENT_SIGNED_OUT' });
    await db.auth.signUp('account', { username: newName(), password: PASSWORD });
    await spookify.retry();
    await eventually(() => expect([spookify.state, spookify.error]).toEqual(['waiting', undefined]));
    expect(spookify.job?.max_retries).toBe(7);
  });

  it('sends a call again that the database has refused, and adds nothing to the refused writes', async () => {
    const ada = await people.newcomer();
    const { id: thread } = await ada.create('thread', { title: 'x', content: 'y' });
    const bob: OptimisticClient = await people.optimisticNewcomer();
    const spookify = mount(() => useRun(bob, 'api', '/spookify'));
    const states = shown(() => spookify.state);
    const id = await spookify.run({ id: thread }, { assignedTo: thread });
    const refusedAgain = (count: number) =>
      eventually(() => expect(states.filter((state) => state === 'refused')).toHaveLength(count));
    await refusedAgain(1);
    await spookify.cancel();
    await spookify.retry();
    await refusedAgain(2);
    expect(spookify.error).toMatchObject({ code: 'SPOOKY_CLIENT_REFUSED' });
    expect(bob.sync.state).toMatchObject({ pending: 0, failed: [{ kind: 'run' }] });
    const { user: author } = bob.auth.state as { user: RecordId };
    const row = { title: 'x', content: 'y', author };
    await stack.query('DELETE $thread; CREATE $thread CONTENT $row', { thread, row });
    await spookify.retry();
    await change(id, { status: 'success', result: { writer: 'x' } });
    await eventually(() => expect([spookify.result, spookify.error]).toEqual([{ writer: 'x' }, undefined]));
    expect(bob.sync.state.failed).toEqual([]);
    expect(states).not.toContain('missing');
  });

  it('of a request sends it again, and adds nothing to the refused writes', async () => {
    const db: OptimisticClient = await people.optimisticNewcomer();
    const spookify = mount(() => useRun(db, 'api', '/spookify'));
    const id = await spookify.run(payload);
    // The permissions of the test allow no request for a job that has failed.
    await change(id, { status: 'failed', errors: [failure('http_500')] });
    await eventually(() => expect(spookify.state).toBe('failed'));
    for (const _ of [1, 2]) {
      await spookify.retry();
      await eventually(() => expect(db.sync.state).toMatchObject({ pending: 0, failed: [{ kind: 'update' }] }));
      expect(spookify.error).toMatchObject({ code: 'SPOOKY_CLIENT_REFUSED' });
    }
  });
});

describe('useJob', () => {
  it('waits for an id, and switches to another one', async () => {
    const db: OptimisticClient = await people.optimisticNewcomer();
    const start = () => db.run('api', '/spookify', payload, { optimistic: false });
    const [one, two] = [await start(), await start()];
    await change(two, { status: 'success', result: { writer: 'x' } });
    const [id, setId] = createSignal<JobId<{ writer: string }> | undefined>();
    const job = mount(() => useJob(db, id));
    expectTypeOf(job.result).toEqualTypeOf<{ writer: string } | undefined>();
    expect([job.state, job.pending]).toEqual(['idle', false]);
    setId(one);
    expect([job.state, job.pending]).toEqual(['loading', true]);
    await eventually(() => expect(job.state).toBe('waiting'));
    setId(two);
    expect([job.state, job.job]).toEqual(['loading', undefined]);
    await eventually(() => expect(job.result).toEqual({ writer: 'x' }));
    setId(undefined);
    expect([job.state, job.job, job.result]).toEqual(['idle', undefined, undefined]);
    await job.cancel();
  });

  it('of an id from a URL has a route, and shows what is no job as missing', async () => {
    const db: OptimisticClient = await people.optimisticNewcomer();
    const made = await db.run('api', '/spookify', payload);
    const [id, setId] = createSignal<`${string}:${string}`>('thread:abc');
    const job = mount(() => useJob(db, id, 'api', '/spookify'));
    expectTypeOf(job.result).toEqualTypeOf<{ writer: string } | undefined>();
    expect([job.state, job.error?.code]).toEqual(['missing', 'SPOOKY_CLIENT_NOT_A_JOB']);
    setId('job:nothing');
    await eventually(() => expect([job.state, job.error?.code]).toEqual(['missing', 'SPOOKY_CLIENT_JOB_MISSING']));
    setId(made.toString() as 'job:a');
    await eventually(() => expect([job.state, job.error]).toEqual(['waiting', undefined]));
  });
});

it('refuses wrong names and payloads when it is compiled', () => {
  const check = (db: OptimisticClient) => {
    const spookify = useRun(db, 'api', '/spookify');
    // @ts-expect-error no such backend
    useRun(db, 'web', '/spookify');
    // @ts-expect-error no such route
    useRun(db, 'api', '/haunt');
    // @ts-expect-error the payload lacks its id
    spookify.run({});
    // @ts-expect-error a misspelt option
    spookify.run(payload, { retries: 1 });
    // @ts-expect-error no such field of the result
    spookify.result?.title;
    // @ts-expect-error no such route
    useJob(db, () => 'job:abc', 'api', '/haunt');
    // @ts-expect-error no id
    useJob(db, () => 'abc');
    expectTypeOf(useJob(db, () => 'job:abc').result).toBeUnknown();
  };
  expectTypeOf(check).toBeFunction();
});
