import { expect, test } from 'vitest';
import { type ReadinessFacts, readinessOf } from './readiness.ts';

const fine: ReadinessFacts = {
  state: 'running',
  connected: true,
  now: 10_000,
  overdueMs: 5_000,
  fetches: { api: { fetchedAt: 9_000, refused: false }, mail: { fetchedAt: 9_500, refused: false } },
};

test('is ready when running, connected and fetching', () => {
  const well = { ready: true, problems: [] };
  expect(readinessOf(fine)).toEqual({ ready: true, problems: [], backends: { api: well, mail: well } });
});

test.each(['idle', 'starting', 'stopping', 'stopped'] as const)('is not ready when %s', (state) => {
  const { ready, problems } = readinessOf({ ...fine, state });
  expect(ready).toBe(false);
  expect(problems).toEqual([{ code: 'not_running', message: `the runner is ${state}` }]);
});

test('marks no backend ready without the database, and reports the cause once', () => {
  const { ready, problems, backends } = readinessOf({ ...fine, connected: false });
  expect(ready).toBe(false);
  expect(problems.map(({ code }) => code)).toEqual(['database_away']);
  expect(backends).toEqual({ api: { ready: false, problems: [] }, mail: { ready: false, problems: [] } });
});

test('names a backend whose fetches hang or are refused', () => {
  const fetches = { ...fine.fetches, mail: { fetchedAt: 4_900, refused: false } };
  expect(readinessOf({ ...fine, fetches })).toMatchObject({
    ready: false,
    problems: [],
    backends: {
      api: { ready: true },
      mail: { ready: false, problems: [{ code: 'fetches_overdue', message: 'no fetch has been answered for 5.1 s' }] },
    },
  });
  const refused = { ...fine.fetches, mail: { fetchedAt: 9_900, refused: true } };
  expect(readinessOf({ ...fine, fetches: refused }).backends.mail?.problems).toMatchObject([
    { code: 'fetches_refused' },
  ]);
});
