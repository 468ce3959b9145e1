import 'fake-indexeddb/auto';
import { expect, it } from 'vitest';
import { fuzzSettings } from '../../gateway/src/testing/random.ts';
import { runStorm } from './testing/kills/storm.ts';

const { seed } = fuzzSettings(1);

it(`loses, doubles and reorders no write while tabs, sockets, gateways and the database are killed (seed ${seed})`, {
  timeout: 300_000,
}, async () => {
  const { faults, writes, recovery } = await runStorm({ writes: 60, kills: 8, seed });
  expect(faults).toEqual([]);
  expect(writes.all).toBeGreaterThanOrEqual(60);
  for (const { kills } of Object.values(recovery)) expect(kills).toBeGreaterThan(0);
});
