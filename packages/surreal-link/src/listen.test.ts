import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startTestDatabase, type TestDatabase } from './testing/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
  await database.asOwner((owner) => owner.query('DEFINE TABLE event'));
});
afterAll(() => database.close());

const tens = (round: number): number[] => Array.from({ length: 10 }, (_, index) => round * 10 + index);

const PATIENCE = { timeout: 20_000, interval: 5 };

it('delivers every change, those of one statement in order, even many in one packet', async () => {
  const link = database.link();
  await link.open();
  const heard: number[] = [];
  const stop = await link.listen('LIVE SELECT * FROM event', ({ n }) => heard.push(Number(n)), vi.fn());
  for (let round = 0; round < 30; round += 1) {
    await link.query('FOR $n IN $numbers { CREATE event SET n = $n }', {
      numbers: tens(round),
    });
  }
  await vi.waitFor(() => expect(heard).toHaveLength(300), PATIENCE);
  // The engine sometimes sends the changes of one statement after those of the next, but never mixed (seen twice in 25
  // runs).
  const rounds = Map.groupBy(heard, (n) => Math.floor(n / 10));
  expect([...rounds.values()]).toEqual([...rounds.keys()].map((round) => tens(round)));
  expect([...rounds.keys()].sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, round) => round));
  await stop();
  await link.query('CREATE event SET n = 301');
  expect(heard).toHaveLength(300);
});

it('reports that the database ended the query', async () => {
  const link = database.link();
  await link.open();
  const ended = vi.fn();
  await link.listen('LIVE SELECT * FROM event', vi.fn(), ended);
  const lives = await link.query<{ lives: Record<string, unknown> }>('INFO FOR TABLE event');
  for (const id of Object.keys(lives.lives)) await link.query(`KILL u'${id}'`).catch(() => undefined);
  await vi.waitFor(() => expect(ended).toHaveBeenCalledOnce(), PATIENCE);
});

it('refuses a statement that is not LIVE', async () => {
  const link = database.link();
  await link.open();
  await expect(link.listen('RETURN 1', vi.fn(), vi.fn())).rejects.toMatchObject({ code: 'SPOOKY_LINK_BAD_OPTIONS' });
});
