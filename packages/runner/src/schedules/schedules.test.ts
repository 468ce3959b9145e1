import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { TOKEN } from '../testing/backend.ts';
import { type Child, startChild } from '../testing/child.ts';
import { createFixture, eventually, type Fixture } from '../testing/fixture.ts';
import { installSchedules } from './install.ts';
import {
  adoptSchedule,
  fireSchedule,
  pauseSchedule,
  readSchedules,
  resumeSchedule,
  type ScheduleQueries,
  triggerSchedule,
} from './rows.ts';
import type { RunnerSchedule } from './schedule.ts';

/** Due so rarely that only a test makes it due, by moving its mark. */
const SCHEDULE: RunnerSchedule = {
  name: 'nightly-report',
  timing: { everyMs: 3_600_000_000 },
  table: 'job',
  path: '/spookify',
  payload: { id: 'thread:a' },
  concurrency: 'skip',
};
let fixture: Fixture;
/** The connection of `spooky schedules`. */
let database: ScheduleQueries;

beforeAll(async () => {
  fixture = await createFixture();
  const { query } = fixture.database;
  database = { query };
  await installSchedules({ query, queryAll: query } as Parameters<typeof installSchedules>[0]);
});
afterEach(async () => {
  await fixture.reset();
  await fixture.database.query('DELETE spooky_schedule');
});
afterAll(() => fixture.close());

/** As if the last fire had been this long ago. */
async function backdate(span: string, name = SCHEDULE.name): Promise<void> {
  await fixture.database.query(
    `UPDATE type::record('spooky_schedule', $name) SET mark = time::now() - ${span}, version += 1, last_fire = NONE`,
    { name },
  );
}

async function jobs(): Promise<Record<string, unknown>[]> {
  return await fixture.database.query(`SELECT *, <string> id AS name FROM job ORDER BY created_at`);
}

async function rowOf(schedule: RunnerSchedule) {
  const { rows } = await readSchedules(database, [schedule.name]);
  return rows.get(schedule.name);
}

async function isAdopted(schedule = SCHEDULE): Promise<void> {
  await eventually(async () => expect(await rowOf(schedule)).toBeDefined());
}

test('fires nothing when new, and makes an ordinary job without a creator when due', async () => {
  await fixture.run({ schedules: [SCHEDULE] });
  await isAdopted();
  expect(await jobs()).toEqual([]);
  await backdate('1000d');
  const [job] = await eventually(async () => {
    const found = await jobs();
    expect(found).toMatchObject([{ status: 'success', path: '/spookify', payload: { id: 'thread:a' } }]);
    return found;
  });
  expect(job).not.toHaveProperty('created_by');
  expect(job).not.toHaveProperty('assigned_to');
  expect(job?.name).toMatch(/^job:schedule_nightly_report__\d{8}T\d{6}Z_\w{26}$/);
  expect(fixture.backend.calls).toHaveLength(1);
});

test('makes one fire of those missed while no runner was there', async () => {
  await adoptSchedule(database, SCHEDULE);
  await backdate('10000d');
  await fixture.run({ schedules: [SCHEDULE] });
  await eventually(async () => expect(await jobs()).toMatchObject([{ status: 'success' }]));
  expect(await rowOf(SCHEDULE)).toMatchObject({ skipped: 0, lastFire: expect.any(Date) });
  const { now, rows } = await readSchedules(database, [SCHEDULE.name]);
  expect(now.getTime() - (rows.get(SCHEDULE.name)?.mark.getTime() ?? 0)).toBeLessThan(600_000);
});

test('fires at its times, once each for two runners', async () => {
  const often = { ...SCHEDULE, timing: { everyMs: 1_000 }, concurrency: 'allow' } as const;
  await Promise.all([fixture.run({ schedules: [often] }), fixture.run({ schedules: [often] })]);
  await eventually(async () => expect((await jobs()).length).toBeGreaterThanOrEqual(4));
  await pauseSchedule(database, often);
  const stamps = (await jobs()).map(({ name }) => /__(\w+)Z_/.exec(String(name))?.[1]);
  expect(new Set(stamps).size).toBe(stamps.length);
});

describe('one fire time', () => {
  test('makes one job when many runners try at the same moment', async () => {
    await adoptSchedule(database, SCHEDULE);
    await backdate('1000d');
    const at = new Date('2026-01-01T00:00Z');
    const { version = 0 } = (await rowOf(SCHEDULE)) ?? {};
    const tried = await Promise.all(Array.from({ length: 8 }, () => fireSchedule(database, SCHEDULE, at, version)));
    expect(tried.filter((fired) => fired !== undefined)).toHaveLength(1);
    expect(await jobs()).toHaveLength(1);
  });

  test('makes one job even if the mark was lost', async () => {
    await adoptSchedule(database, SCHEDULE);
    const at = new Date('2026-01-01T00:00Z');
    for (let round = 0; round < 3; round += 1) {
      await backdate('1000d');
      await fixture.database.query(`UPDATE job SET status = 'success'`);
      const { version = 0 } = (await rowOf(SCHEDULE)) ?? {};
      const fired = await fireSchedule(database, SCHEDULE, at, version);
      expect(fired?.job !== undefined).toBe(round === 0);
    }
    expect(await jobs()).toHaveLength(1);
  });

  test('makes no job early, whatever a runner believes', async () => {
    await adoptSchedule(database, SCHEDULE);
    const { version = 0 } = (await rowOf(SCHEDULE)) ?? {};
    const tomorrow = new Date(Date.now() + 86_400_000);
    expect(await fireSchedule(database, SCHEDULE, tomorrow, version)).toBeUndefined();
    expect(await jobs()).toEqual([]);
  });
});

describe('while the job of an earlier fire is open', () => {
  /** Fires twice; the first call never ends. */
  async function fireTwice(concurrency: RunnerSchedule['concurrency']): Promise<void> {
    const schedule = { ...SCHEDULE, concurrency };
    const { backend } = fixture;
    backend.answer(() => (backend.calls.length === 1 ? new Promise(() => {}) : {}));
    await fixture.run({ schedules: [schedule] });
    await isAdopted();
    await backdate('1000d');
    await eventually(() => expect(backend.calls).toHaveLength(1));
    await backdate('500d');
  }

  test('makes no job and counts the skip with `skip`', async () => {
    await fireTwice('skip');
    await eventually(async () => expect(await rowOf(SCHEDULE)).toMatchObject({ skipped: 1 }));
    expect(await jobs()).toHaveLength(1);
  });

  test('makes another job with `allow`', async () => {
    await fireTwice('allow');
    await eventually(async () => {
      expect((await jobs()).map(({ status }) => status)).toEqual(['processing', 'success']);
    });
  });

  test('cancels the job and makes a new one with `replace`', async () => {
    await fireTwice('replace');
    await eventually(async () => {
      expect((await jobs()).map(({ status }) => status)).toEqual(['failed', 'success']);
    });
    expect((await jobs())[0]).toMatchObject({ errors: [{ code: 'cancelled' }] });
  });
});

test('does not fire while paused, even after a restart, and does not catch up when resumed', async () => {
  const first = await fixture.run({ schedules: [SCHEDULE] });
  await isAdopted();
  await pauseSchedule(database, SCHEDULE);
  await first.stop();
  await backdate('1000d');
  const other = { ...SCHEDULE, name: 'other' };
  await fixture.run({ schedules: [SCHEDULE, other] });
  await isAdopted(other);
  expect(await rowOf(SCHEDULE)).toMatchObject({ paused: true });
  // The other schedule fires in a later look than the one that found this schedule paused.
  await backdate('1000d', other.name);
  // An open job would make the next fire a skip.
  await eventually(async () => expect(await jobs()).toMatchObject([{ status: 'success' }]));
  expect((await jobs())[0]?.name).toContain('schedule_other__');

  await resumeSchedule(database, SCHEDULE);
  await backdate('500d', other.name);
  await eventually(async () => expect(await jobs()).toHaveLength(2));
  expect((await jobs())[1]?.name).toContain('schedule_other__');
  await backdate('1000d');
  await eventually(async () => expect(await jobs()).toHaveLength(3));
});

test('triggers a job at once, even if paused or before any runner has started', async () => {
  await pauseSchedule(database, SCHEDULE);
  const ids = [await triggerSchedule(database, SCHEDULE), await triggerSchedule(database, SCHEDULE)];
  expect((await jobs()).map(({ name }) => name).sort()).toEqual(ids.toSorted());
  expect(ids[0]).toMatch(/^job:schedule_nightly_report__\d{8}T\d{6}Z_\w{26}$/);
  expect(await rowOf(SCHEDULE)).toMatchObject({ paused: true });
});

test('fires other schedules although one cannot fire', async () => {
  const broken = { ...SCHEDULE, name: 'broken', payload: 'text' as unknown as Record<string, unknown> };
  const other = { ...SCHEDULE, name: 'other' };
  await fixture.run({ schedules: [broken, other] });
  await isAdopted(other);
  await Promise.all([backdate('1000d', broken.name), backdate('1000d', other.name)]);
  await eventually(async () => expect(await jobs()).toMatchObject([{ status: 'success' }]));
  expect((await rowOf(broken))?.lastFire).toBeUndefined();
});

/** A runner in its own process. */
async function startRunner(schedules: readonly RunnerSchedule[]): Promise<Child> {
  const { token: _, ...backend } = fixture.backend.options;
  const entry = new URL('../testing/runner-entry.ts', import.meta.url);
  const child = await startChild(entry, {
    ...{ database: fixture.database.options, backends: [backend], schedules, token: TOKEN },
  });
  onTestFinished(() => child.kill());
  return child;
}

test('makes one job per fire time when one of two runners is killed at each fire', {
  timeout: 240_000,
}, async () => {
  const often = { ...SCHEDULE, timing: { everyMs: 1_000 }, concurrency: 'allow' } as const;
  const survivor = await startRunner([often]);
  await isAdopted(often);
  for (let round = 0; round < 5; round += 1) {
    const victim = await startRunner([often]);
    const before = (await jobs()).length;
    // Both runners wake at the same moment, and the test notices the fire while they act on it.
    await eventually(async () => expect((await jobs()).length).toBeGreaterThan(before));
    await victim.kill();
  }
  const seen = (await jobs()).length;
  await eventually(async () => expect((await jobs()).length).toBeGreaterThan(seen));
  await pauseSchedule(database, often);
  const found = await jobs();
  const stamps = found.map(({ name }) => String(/__(\w+)Z_/.exec(String(name))?.[1]));
  expect(new Set(stamps).size).toBe(stamps.length);
  await eventually(async () => {
    expect((await jobs()).filter(({ status }) => status !== 'success')).toEqual([]);
  }, 60_000);
  survivor.signal('SIGTERM');
  expect(await survivor.exited).toBe(0);
});
