/** A job that kills every runner that calls it is found and failed, and no other job fails. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';
import { TOKEN } from './testing/backend.ts';
import { type Child, startChild } from './testing/child.ts';
import { createFixture, eventually, type Fixture } from './testing/fixture.ts';

const NEIGHBOURS = 60;
/** The other calls take long enough that some of them are marked, and lost with the runner. */
const NEIGHBOUR_MS = 150;
/** The runner is alone, so only its replacement can declare it dead: at its first beat. */
const TIMING = { beatMs: 500 };
let fixture: Fixture;

beforeAll(async () => {
  fixture = await createFixture();
});
afterEach(() => fixture.reset());
afterAll(() => fixture.close());

interface Supervised {
  /** kill -9, after which another process is started. */
  kill(): void;
  /** How many processes have been started. */
  readonly starts: number;
}

/** Starts a runner whenever there is none, until the test ends. */
function supervise(): Supervised {
  const { token: _, ...backend } = fixture.backend.options;
  const entry = new URL('./testing/runner-entry.ts', import.meta.url);
  const options = { timing: TIMING, database: fixture.database.options, backends: [backend], token: TOKEN };
  let child: Child | undefined;
  let starts = 0;
  let isOver = false;

  async function loop(): Promise<void> {
    while (!isOver) {
      starts += 1;
      child = await startChild(entry, options);
      await child.exited;
    }
  }

  const done = loop();
  onTestFinished(async () => {
    isOver = true;
    await child?.kill();
    await done;
  });
  return {
    kill: () => void child?.kill(),
    get starts() {
      return starts;
    },
  };
}

test.each([
  // The first call leaves no trace in the database: a job is marked before its call only after a crash.
  { when: 'at once', isAtOnce: true, calls: 4 },
  { when: 'after its row shows that it runs', isAtOnce: false, calls: 3 },
])('fails a job that kills its runner $when', { timeout: 120_000 }, async ({ isAtOnce, calls }) => {
  const { database, backend } = fixture;
  await database.query(
    `FOR $i IN 0..${NEIGHBOURS / 2} { CREATE job SET path = '/spookify', payload = { id: 'thread:a' } RETURN NONE }`,
  );
  const killer = await database.insert();
  await database.query(
    `FOR $i IN 0..${NEIGHBOURS / 2} { CREATE job SET path = '/spookify', payload = { id: 'thread:a' } RETURN NONE }`,
  );
  const isKiller = (request: { headers: object }): boolean =>
    String(Object(request.headers)['x-job-id']) === String(killer);
  backend.answer(async (request) => {
    if (!isKiller(request)) return await delay(NEIGHBOUR_MS, {});
    if (!isAtOnce) await fixture.becomes(killer, { status: 'processing' });
    runner.kill();
    return await new Promise(() => {});
  });
  const runner = supervise();

  const row = await fixture.becomes(killer, { status: 'failed', rescues: 3, retries: 0 }, 90_000);
  expect(row.errors).toMatchObject([{ attempt: 1, code: 'runner_lost' }]);
  expect(backend.calls.filter(isKiller)).toHaveLength(calls);
  expect(runner.starts).toBe(calls + 1);
  await eventually(async () => {
    const rows = await database.query<Record<string, unknown>[]>(
      'SELECT status, retries, errors, runner FROM job WHERE id != $killer',
      { killer },
    );
    expect(rows).toEqual(Array.from({ length: NEIGHBOURS }, () => ({ status: 'success', retries: 0, errors: [] })));
  }, 60_000);
});
