import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startTestDatabase, type TestDatabase } from './testing/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
  await database.asOwner((owner) => owner.query('DEFINE TABLE event'));
});
afterAll(() => database.close());

const PATIENCE = { timeout: 20_000, interval: 5 };

it('passes on every change, in order, also many that arrive in one packet', async () => {
  const link = database.link();
  await link.open();
  const heard: unknown[] = [];
  const stop = await link.listen('LIVE SELECT * FROM event', ({ n }) => heard.push(n), vi.fn());
  for (let round = 0; round < 30; round += 1) {
    await link.query('FOR $n IN $numbers { CREATE event SET n = $n }', {
      numbers: Array.from({ length: 10 }, (_, index) => round * 10 + index),
    });
  }
  await vi.waitFor(() => expect(heard).toHaveLength(300), PATIENCE);
  expect(heard).toEqual(Array.from({ length: 300 }, (_, index) => index));
  await stop();
  await link.query('CREATE event SET n = 301');
  expect(heard).toHaveLength(300);
});

it('says when the database ends the query', async () => {
  const link = database.link();
  await link.open();
  const ended = vi.fn();
  await link.listen('LIVE SELECT * FROM event', vi.fn(), ended);
  const lives = await link.query<{ lives: Record<string, unknown> }>('INFO FOR TABLE event');
  for (const id of Object.keys(lives.lives)) await link.query(`KILL u'${id}'`).catch(() => undefined);
  await vi.waitFor(() => expect(ended).toHaveBeenCalledOnce(), PATIENCE);
});

it('refuses what is no LIVE statement', async () => {
  const link = database.link();
  await link.open();
  await expect(link.listen('RETURN 1', vi.fn(), vi.fn())).rejects.toMatchObject({ code: 'SPOOKY_LINK_BAD_OPTIONS' });
});
