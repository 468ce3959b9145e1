/**
 * Runs any number of runners in simulated time, with random disturbances. `RUNS` sets the number of histories, `SEED`
 * the first one; a failure prints both, and the shortest history that fails.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { draws } from '../testing/chaos/random.ts';
import { createWorld, type Member, type World } from '../testing/ownership-world.ts';
import { DEFAULT_TIMING } from './timing.ts';

const RUNS = Number(process.env.RUNS ?? 150);
const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const { beatMs, deadAfterMs } = DEFAULT_TIMING;
const TABLES = ['job', 'mail'];
/** A death is found, then each partition moves at most once: jitter, handover, and the next beat of the new owner. */
const BEATS_TO_REST = deadAfterMs / beatMs + 3 + 3 * 8;

const ACTIONS = ['join', 'stop', 'pause', 'resume', 'kill', 'cut', 'mend', 'break', 'repair', 'clock'] as const;

interface Step {
  readonly action: (typeof ACTIONS)[number];
  readonly who: number;
  /** The time that passes after it. */
  readonly ms: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  action: fc.constantFrom(...ACTIONS),
  who: fc.nat({ max: 5 }),
  ms: fc.oneof(fc.nat({ max: 500 }), fc.nat({ max: 5_000 }), fc.nat({ max: 20_000 })),
});

const MOST_MEMBERS = 10;

function act(world: World, { action, who, ms }: Step): void {
  const able = world.members.filter(({ state }) => state === 'running' || state === 'paused');
  const member = able[who % able.length];
  if (action === 'join' && able.length < MOST_MEMBERS) world.join(who % 3 === 0 ? TABLES : TABLES.slice(0, 1));
  if (action === 'break') world.breakDatabase();
  if (action === 'repair') world.mendDatabase();
  if (action === 'clock') world.stepClock((ms - 10_000) * 1_000);
  if (member === undefined) return;
  if (action === 'stop') world.stop(member);
  if (action === 'pause') world.pause(member);
  if (action === 'resume') world.resume(member);
  if (action === 'kill') world.kill(member);
  if (action === 'cut') world.cut(member);
  if (action === 'mend') world.mend(member);
}

/** Ends all disturbances and waits. */
async function comeToRest(world: World): Promise<void> {
  world.mendDatabase();
  for (const member of world.members) {
    world.resume(member);
    world.mend(member);
  }
  await world.run(BEATS_TO_REST * beatMs);
}

/** Every partition has one living owner that knows of it, and shares are fair. */
function checkRest(world: World): void {
  const { runners, partitions } = world.rows();
  const living = world.members.filter(({ state }) => state === 'running');
  for (const table of TABLES) {
    const rows = partitions.filter((row) => row.table === table);
    const able = living.filter(({ tables }) => tables.includes(table));
    if (able.length === 0) continue;
    const shares = able.map(({ owner, active }) => {
      const mine = rows.filter((row) => row.owner === owner.runner).map(({ number }) => `${number}:${table}`);
      expect([...active].filter((key) => key.endsWith(`:${table}`)).toSorted()).toEqual(mine.toSorted());
      expect(owner.mayStart).toBe(true);
      return mine.length;
    });
    expect(shares.reduce((sum, share) => sum + share, 0)).toBe(8);
    expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
  }
  expect(runners.filter(({ alive }) => alive).map(({ id }) => id)).toEqual(
    expect.arrayContaining(living.map(({ owner }) => owner.runner)),
  );
  for (const [id, at] of world.died) for (const member of living) expectSeen(member, id, at);
}

/** Each death is reported to each runner that was alive then and is alive now. */
function expectSeen({ deaths, registeredAt = Number.POSITIVE_INFINITY }: Member, id: string, at: number): void {
  if (registeredAt < at) expect(deaths).toContain(id);
}

it(`keeps its invariants through ${RUNS} histories`, { timeout: 60_000 + RUNS * 1_000 }, async () => {
  const takeovers = { deaths: 0, moves: 0 };
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.array(step, { minLength: 1, maxLength: 30 }), async (seed, steps) => {
      const world = createWorld(draws(seed, 'world'));
      world.join(TABLES);
      world.join(TABLES.slice(0, 1));
      for (const next of steps) {
        act(world, next);
        await world.run(next.ms);
      }
      await comeToRest(world);
      checkRest(world);
      const before = world.rows().partitions;
      await world.run(10 * beatMs);
      // Afterwards nothing moves.
      expect(world.rows().partitions).toEqual(before);
      takeovers.deaths += world.died.size;
      takeovers.moves += before.filter(({ carefulUntil }) => carefulUntil !== undefined).length;
      expect(world.violations).toEqual([]);
    }),
    { numRuns: RUNS, seed: SEED },
  );
  // The histories contain enough deaths and takeovers.
  expect(takeovers.deaths).toBeGreaterThan(RUNS / 10);
  expect(takeovers.moves).toBeGreaterThan(RUNS / 10);
});

it('takes nothing over after any number of outages without a death', { timeout: 60_000 + RUNS * 1_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(),
      fc.integer({ min: 2, max: 6 }),
      fc.array(fc.tuple(fc.nat({ max: 30_000 }), fc.nat({ max: 90_000 })), { minLength: 1, maxLength: 6 }),
      async (seed, count, outages) => {
        const world = createWorld(draws(seed, 'outages'));
        for (let index = 0; index < count; index += 1) world.join(TABLES);
        await world.run(BEATS_TO_REST * beatMs);
        checkRest(world);
        const before = world.rows().partitions;
        for (const [upMs, downMs] of outages) {
          await world.run(upMs);
          world.breakDatabase();
          await world.run(downMs);
          world.mendDatabase();
        }
        await comeToRest(world);
        expect([...world.died.keys()]).toEqual([]);
        expect(world.rows().partitions).toEqual(before);
        expect(world.violations).toEqual([]);
      },
    ),
    { numRuns: Math.ceil(RUNS / 5), seed: SEED },
  );
});
