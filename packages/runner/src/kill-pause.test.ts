/** A process that is paused for so long that its runner is declared dead, and then continues. */
import type { RecordId } from 'surrealdb';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { RunnerBackend } from './backends.ts';
import type { DatabaseOptions } from './connection.ts';
import { TOKEN } from './testing/backend.ts';
import { RECORD_HISTORY, readOwnership, readVersions } from './testing/chaos/history.ts';
import { type Lifetime, lifetimesOf } from './testing/chaos/lifetimes.ts';
import { type Child, startChild } from './testing/child.ts';
import { createFixture, eventually, type Fixture } from './testing/fixture.ts';
import { startProxy } from './testing/proxy.ts';

const JOBS = 8;
/** Half of the real times, so that the pause is short, but not so short that a busy machine loses a runner. */
const TIMING = { beatMs: 1_000, stopStartingMs: 4_000, abortMs: 4_500, deadAfterMs: 5_000 };
let fixture: Fixture;

beforeAll(async () => {
  fixture = await createFixture();
  await fixture.database.query(RECORD_HISTORY);
});
afterEach(() => fixture.reset());
afterAll(() => fixture.close());

interface Paused {
  readonly database?: DatabaseOptions;
  readonly backend?: Partial<RunnerBackend>;
}

/** A runner in its own process, so that it can be paused. */
async function startRunner(
  runnerId: string,
  { database = fixture.database.options, backend }: Paused = {},
): Promise<Child> {
  const { token: _, ...options } = { ...fixture.backend.options, ...backend };
  const entry = new URL('./testing/runner-entry.ts', import.meta.url);
  const child = await startChild(entry, { timing: TIMING, runnerId, database, backends: [options], token: TOKEN });
  onTestFinished(() => child.kill());
  return child;
}

/** The ids that a process has had, the oldest first. */
async function lifetimesOfProcess(name: string): Promise<Lifetime[]> {
  const { runners } = await readOwnership(fixture.database.query);
  return lifetimesOf(runners)
    .filter(({ process }) => process === name)
    .toSorted((a, b) => a.from - b.from);
}

/**
 * Waits until a runner owns everything and has written nothing for two beats. Its first writes would disturb the test.
 */
async function comeToRest(name: string): Promise<void> {
  const look = async () => {
    const [runner] = await fixture.database.query<{ id: RecordId; beat: number }[]>(
      'SELECT id, beat FROM spooky_runner WHERE alive AND string::starts_with(record::id(id), $name)',
      { name },
    );
    const owners = await fixture.database.query<unknown[]>('SELECT VALUE owner FROM spooky_partition');
    const writes = await fixture.database.query<number[]>('SELECT VALUE writes FROM spooky_fence');
    const isOwner = runner !== undefined && owners.every((owner) => owner === runner.id.id);
    return { beat: isOwner ? runner.beat : undefined, writes: writes.join() };
  };
  let before = await look();
  await eventually(async () => {
    const now = await look();
    if (before.beat === undefined || now.writes !== before.writes) before = now;
    expect(now.beat).toBeGreaterThanOrEqual((before.beat ?? 0) + 2);
  });
}

test('aborts its calls, changes nothing, and continues under a new id', { timeout: 90_000 }, async () => {
  const { database, backend, run } = fixture;
  const firstAnswers = Array.from({ length: JOBS }, () => Promise.withResolvers<unknown>());
  backend.answer(() => firstAnswers[backend.calls.length - 1]?.promise ?? { by: 'another' });
  const paused = await startRunner('paused');
  const ids = await Promise.all(Array.from({ length: JOBS }, () => database.insert()));
  await Promise.all(ids.map((id) => fixture.becomes(id, { status: 'processing' })));

  paused.signal('SIGSTOP');
  const another = await run({ timing: TIMING, runnerId: 'another' });
  await eventually(async () => {
    const rows = await Promise.all(ids.map((id) => database.row(id)));
    for (const row of rows) expect(row).toMatchObject({ status: 'success', result: { by: 'another' }, rescues: 1 });
  }, 40_000);
  await another.stop();
  const before = await readVersions(database.query);
  // Half of the answers wait for the paused runner; the other half never come.
  for (const { resolve } of firstAnswers.slice(0, JOBS / 2)) resolve({ by: 'paused' });

  paused.signal('SIGCONT');
  await Promise.all(backend.calls.slice(JOBS / 2, JOBS).map(({ aborted }) => aborted));
  // It continues with other work. By then it has written whatever it would write about the old jobs, because outcomes
  // are written in order.
  const next = await database.insert();
  await fixture.becomes(next, { status: 'success', rescues: 0 });
  const after = await readVersions(database.query);
  for (const id of ids) expect(after.get(String(id))).toEqual(before.get(String(id)));
  expect(backend.calls.filter(({ job }) => job !== String(next))).toHaveLength(2 * JOBS);

  const lives = await lifetimesOfProcess('paused');
  expect(lives.map(({ end }) => end)).toEqual(['dead', 'open']);
  const owners = await database.query<unknown[]>('SELECT VALUE owner FROM spooky_partition');
  expect(new Set(owners)).toEqual(new Set([lives[1]?.runner]));
});

test('does not call a job whose mark was being written, and frees its slot', { timeout: 90_000 }, async () => {
  const { database, backend, run } = fixture;
  const proxy = await startProxy(database.options.url);
  onTestFinished(() => proxy.close());
  const one = { concurrency: 1, marks: 'always' } as const;
  const paused = await startRunner('waiting', { database: { ...database.options, url: proxy.url }, backend: one });
  await comeToRest('waiting');
  const firstAnswer = Promise.withResolvers<unknown>();
  backend.answer(() => (backend.calls.length === 1 ? firstAnswer.promise : { by: 'another' }));
  // Both jobs are in one partition, so that one read returns both: the second waits in memory.
  const [first, second] = await database.query<[RecordId, RecordId]>(
    `INSERT INTO job [1, 2].map(|$n| { path: '/spookify', payload: { id: 'thread:a' }, partition: 0 }) RETURN VALUE id`,
  );
  await eventually(() => expect(backend.calls).toHaveLength(1));
  proxy.block();
  firstAnswer.resolve({});
  const [called, waiting] = backend.calls[0]?.job === String(first) ? [first, second] : [second, first];
  await fixture.becomes(waiting, { status: 'processing' });

  paused.signal('SIGSTOP');
  const another = await run({ timing: TIMING, runnerId: 'another', backends: [{ ...backend.options, ...one }] });
  await fixture.becomes(waiting, { status: 'success', result: { by: 'another' }, rescues: 1 }, 40_000);
  await another.stop();
  // The answer has arrived before the process continues.
  await proxy.unblock();
  paused.signal('SIGCONT');
  await eventually(async () => expect(await lifetimesOfProcess('waiting')).toHaveLength(2));
  const next = await database.insert();
  await fixture.becomes(next, { status: 'success' });
  expect(backend.calls.map(({ job }) => job)).toEqual([called, waiting, next].map(String));
});
