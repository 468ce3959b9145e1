/**
 * Runs any number of runners in simulated time, with random disturbances. `RUNS` sets the number of histories, `SEED`
 * the first one; a failure prints both, and the shortest history that fails.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { draws } from '../testing/chaos/random.ts';
import { createSimulation, type Member, type Simulation } from '../testing/ownership-simulation.ts';
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

const MAX_MEMBERS = 10;

function act(simulation: Simulation, { action, who, ms }: Step): void {
  const able = simulation.members.filter(({ state }) => state === 'running' || state === 'paused');
  const member = able[who % able.length];
  if (action === 'join' && able.length < MAX_MEMBERS) simulation.join(who % 3 === 0 ? TABLES : TABLES.slice(0, 1));
  if (action === 'break') simulation.breakDatabase();
  if (action === 'repair') simulation.mendDatabase();
  if (action === 'clock') simulation.stepClock((ms - 10_000) * 1_000);
  if (member === undefined) return;
  if (action === 'stop') simulation.stop(member);
  if (action === 'pause') simulation.pause(member);
  if (action === 'resume') simulation.resume(member);
  if (action === 'kill') simulation.kill(member);
  if (action === 'cut') simulation.cut(member);
  if (action === 'mend') simulation.mend(member);
}

/** Ends all disturbances and waits. */
async function comeToRest(simulation: Simulation): Promise<void> {
  simulation.mendDatabase();
  for (const member of simulation.members) {
    simulation.resume(member);
    simulation.mend(member);
  }
  await simulation.run(BEATS_TO_REST * beatMs);
}

/** Every partition has one living owner that knows of it, and shares are fair. */
function checkRest(simulation: Simulation): void {
  const { runners, partitions } = simulation.rows();
  const living = simulation.members.filter(({ state }) => state === 'running');
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
  for (const [id, at] of simulation.died) for (const member of living) expectSeen(member, id, at);
}

/** Each death is reported to each runner that was alive then and is alive now. */
function expectSeen({ deaths, registeredAt = Number.POSITIVE_INFINITY }: Member, id: string, at: number): void {
  if (registeredAt < at) expect(deaths).toContain(id);
}

it(`keeps its invariants through ${RUNS} histories`, { timeout: 60_000 + RUNS * 1_000 }, async () => {
  const takeovers = { deaths: 0, moves: 0 };
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.array(step, { minLength: 1, maxLength: 30 }), async (seed, steps) => {
      const simulation = createSimulation(draws(seed, 'world'));
      simulation.join(TABLES);
      simulation.join(TABLES.slice(0, 1));
      for (const next of steps) {
        act(simulation, next);
        await simulation.run(next.ms);
      }
      await comeToRest(simulation);
      checkRest(simulation);
      const before = simulation.rows().partitions;
      await simulation.run(10 * beatMs);
      // Afterwards nothing moves.
      expect(simulation.rows().partitions).toEqual(before);
      takeovers.deaths += simulation.died.size;
      takeovers.moves += before.filter(({ carefulUntil }) => carefulUntil !== undefined).length;
      expect(simulation.violations).toEqual([]);
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
        const simulation = createSimulation(draws(seed, 'outages'));
        for (let index = 0; index < count; index += 1) simulation.join(TABLES);
        await simulation.run(BEATS_TO_REST * beatMs);
        checkRest(simulation);
        const before = simulation.rows().partitions;
        for (const [upMs, downMs] of outages) {
          await simulation.run(upMs);
          simulation.breakDatabase();
          await simulation.run(downMs);
          simulation.mendDatabase();
        }
        await comeToRest(simulation);
        expect([...simulation.died.keys()]).toEqual([]);
        expect(simulation.rows().partitions).toEqual(before);
        expect(simulation.violations).toEqual([]);
      },
    ),
    { numRuns: Math.ceil(RUNS / 5), seed: SEED },
  );
});
