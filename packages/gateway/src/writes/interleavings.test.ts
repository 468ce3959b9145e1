/**
 * Random interleavings of writes and their repeats: two users on two gateways, sockets that are cut between a write and
 * its answer, and the same write on both gateways at once. Each key has one effect.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestDatabase, type TestDatabase } from '../testing/database.ts';
import { EFFECT_SCHEMA, effectFaults, endJobs, type NamedWrite, randomWrites } from '../testing/effects.ts';
import { fuzzSettings, type Random, seededRandom } from '../testing/random.ts';
import { startTestGateway, type TestGateway, type Visitor } from '../testing/test-gateway.ts';

const WRITES = 30;
/** How many writes of a user are under way at once. */
const AT_ONCE = 6;

let database: TestDatabase;
let gateways: readonly TestGateway[];
let visitors: readonly Visitor[];
beforeAll(async () => {
  database = await startTestDatabase(EFFECT_SCHEMA);
  gateways = [await startTestGateway({ database }), await startTestGateway({ database })];
  visitors = [await gateways[0]?.signUp('ada'), await gateways[0]?.signUp('ben')].map((visitor) => visitor ?? {});
});
afterAll(async () => {
  for (const gateway of gateways) await gateway.close();
  await database.close();
});

interface Answer {
  readonly name: string;
  readonly type: string;
  readonly result?: unknown;
}

const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

/** Sends the write until an answer is received that is not about the moment. */
async function persist({ name, write }: NamedWrite, visitor: Visitor, random: Random): Promise<Answer> {
  for (;;) {
    const first = random.below(2);
    const chosen = random.chance(0.3) ? [first, 1 - first] : [first];
    const isCut = random.chance(0.4);
    const afterTurns = random.below(60);
    const answers = await Promise.all(
      chosen.map(async (index): Promise<Answer | undefined> => {
        const socket = await gateways[index]?.connect(visitor);
        if (socket === undefined) throw new TypeError('there is no such gateway');
        const answer = socket.write(write, name).catch(() => undefined);
        if (isCut) {
          await turns(afterTurns);
          socket.socket.terminate();
        }
        const received = await answer;
        socket.close();
        if (received?.type === 'refused' && received.error.code === 'SPOOKY_GATEWAY_BUSY') return undefined;
        return received && { ...received, name };
      }),
    );
    const received = answers.filter((answer) => answer !== undefined);
    if (new Set(received.map(({ type }) => type)).size > 1) {
      // A write may be refused before its other attempt is made. It is repeated until it is known to be made.
      return received.find(({ type }) => type === 'written') as Answer;
    }
    if (received[0] !== undefined) return received[0];
  }
}

async function persistAll(writes: readonly NamedWrite[], visitor: Visitor, random: Random): Promise<Answer[]> {
  const left = [...writes];
  const answers: Answer[] = [];
  const worker = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      answers.push(await persist(next, visitor, random));
      if (random.chance(0.2)) await endJobs(database.owner);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return answers;
}

const { runs, seed } = fuzzSettings(3);
it(`every key has one effect, however often and wherever it is sent (seed ${seed})`, {
  timeout: 120_000 * runs,
}, async () => {
  for (let run = 0; run < runs; run += 1) {
    const random = seededRandom(seed + run);
    const writes: NamedWrite[][] = [];
    for (const [index] of visitors.entries()) {
      writes.push(await randomWrites(database.owner, random, WRITES, `r${run}u${index}`));
    }
    const answers = await Promise.all(
      visitors.map((visitor, index) => persistAll(writes[index] ?? [], visitor, random)),
    );
    const all = answers.flat();
    expect(all).toHaveLength(WRITES * visitors.length);
    expect(await effectFaults(database.owner, all), `seed ${seed + run}`).toEqual([]);
    expect(all.filter(({ type }) => type === 'written').length).toBeGreaterThan(WRITES);

    // Now everything that was made is repeated: nothing happens.
    await database.owner.query("UPDATE item SET mark = 'later'");
    await database.owner.query("DELETE effect WHERE name = 'later'");
    await endJobs(database.owner);
    for (const [index, visitor] of visitors.entries()) {
      const made = new Set(answers[index]?.filter(({ type }) => type === 'written').map(({ name }) => name));
      const repeated = (writes[index] ?? []).filter(({ name }) => made.has(name));
      const again = await persistAll(repeated, visitor, random);
      expect(again.map(({ type }) => type)).toEqual(repeated.map(() => 'written'));
    }
    expect(await effectFaults(database.owner, all), `seed ${seed + run}, repeated`).toEqual([]);
    expect(await database.owner.query('array::distinct(SELECT VALUE mark FROM item)')).toEqual(['later']);
  }
});
