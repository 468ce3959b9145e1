import { expect, it } from 'vitest';
import { createDeaths } from './deaths.ts';
import type { Snapshot } from './registry.ts';

/** Runners by name: `a` lives, `-a` is dead; and the owners of partitions. */
function snapshot(runners: readonly string[], owners: readonly string[] = []): Snapshot {
  return {
    runners: runners.map((name) => ({
      id: name.replace('-', ''),
      beat: 1,
      alive: !name.startsWith('-'),
      tables: [],
      host: undefined,
    })),
    partitions: owners.map((owner, number) => ({ table: 'job', number, owner, carefulUntil: undefined })),
  };
}

it('reports each death once, including those before its first snapshot', () => {
  const deaths = createDeaths(60_000);
  expect(deaths.see(snapshot(['a', '-b']), 0)).toEqual(['b']);
  expect(deaths.see(snapshot(['a', '-b']), 1)).toEqual([]);
  expect(deaths.see(snapshot(['-a', '-b']), 2)).toEqual(['a']);
  expect(deaths.see(snapshot(['-a']), 3)).toEqual([]);
});

it('reports a runner whose row is gone, unless its death was reported', () => {
  const deaths = createDeaths(60_000);
  deaths.see(snapshot(['a', 'b']), 0);
  deaths.see(snapshot(['a', '-b']), 1);
  expect(deaths.see(snapshot([]), 2)).toEqual(['a']);
  expect(deaths.see(snapshot([]), 3)).toEqual([]);
});

it('lists a row as forgettable after some time, if it owns nothing', () => {
  const deaths = createDeaths(60_000);
  deaths.see(snapshot(['-a', 'b']), 1_000);
  expect(deaths.forgettable(snapshot(['-a'], ['b']), 60_999)).toEqual([]);
  expect(deaths.forgettable(snapshot(['-a'], ['a']), 61_000)).toEqual([]);
  expect(deaths.forgettable(snapshot(['-a'], ['b']), 61_000)).toEqual(['a']);
  deaths.see(snapshot(['b']), 62_000);
  expect(deaths.forgettable(snapshot(['b']), 99_000)).toEqual([]);
});
