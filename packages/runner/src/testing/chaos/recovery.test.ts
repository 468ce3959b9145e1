import { expect, it } from 'vitest';
import type { Version } from './evidence.ts';
import { recoveriesOf } from './recovery.ts';

const version = (at: number, change: Partial<Version>): Version => ({
  job: 'job:a',
  at,
  event: 'UPDATE',
  status: 'processing',
  retries: 0,
  rescues: 0,
  reruns: 0,
  codes: [],
  ...change,
});
const claimed = (at: number, runner: string) => version(at, { token: `${at}`, runner, leaseUntil: at + 15_000 });
const rescued = (at: number, rescues = 1) => version(at, { status: 'pending', rescues });
const history = (...versions: Version[]) => new Map([['job:a', [version(0, { status: 'pending' }), ...versions]]]);
const kill = { runner: 'r1.1', at: 1_000 };

it('is the time from the kill to the next claim', () => {
  const versions = history(claimed(900, 'r1.1:x'), rescued(16_500), claimed(16_600, 'r2.1:y'));
  expect(recoveriesOf(versions, [kill], [])).toEqual([{ runner: 'r1.1', job: 'job:a', ms: 15_600, outages: 0 }]);
});

it('does not count the time without a database', () => {
  const versions = history(claimed(900, 'r1.1:x'), rescued(16_500), claimed(16_600, 'r2.1:y'));
  const outages = [
    { from: 0, until: 1_100 },
    { from: 5_000, until: 6_000 },
    { from: 16_000, until: 30_000 },
  ];
  expect(recoveriesOf(versions, [kill], outages)).toMatchObject([{ ms: 15_600 - 100 - 1_000 - 600, outages: 3 }]);
});

it('concerns only what the killed runner held when it was killed', () => {
  const success = version(950, { status: 'success' });
  const others: Map<string, Version[]>[] = [
    history(claimed(900, 'r1.2:x'), rescued(16_500), claimed(16_600, 'r2.1:y')),
    history(claimed(900, 'r1.10:x'), rescued(16_500), claimed(16_600, 'r2.1:y')),
    history(claimed(900, 'r1.1:x'), success),
    history(claimed(900, 'r1.1:x'), version(950, { status: 'pending', retries: 1 }), claimed(30_000, 'r2.1:y')),
    history(claimed(900, 'r1.1:x'), version(1_001, { status: 'pending', retries: 1 }), claimed(30_000, 'r2.1:y')),
    history(claimed(900, 'r1.1:x'), version(16_500, { status: 'failed', rescues: 3 })),
  ];
  for (const versions of others) expect(recoveriesOf(versions, [kill], [])).toEqual([]);
});
