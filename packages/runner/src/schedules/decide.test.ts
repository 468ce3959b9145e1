import type { ScheduleTiming } from '@spookify/config';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decide, type ScheduleRow } from './decide.ts';
import { definitionOf, nextFire, readDefinition } from './timing.ts';

const NIGHTLY: ScheduleTiming = { cron: '0 3 * * *', timezone: 'Europe/Berlin' };
const OFTEN: ScheduleTiming = { everyMs: 300_000 };

/** A row of this timing whose fires are done up to `mark`. */
function row(timing: ScheduleTiming, mark: string, fields: Partial<ScheduleRow> = {}): ScheduleRow {
  return { definition: definitionOf(timing), mark: new Date(mark), paused: false, version: 1, ...fields };
}

const fire = (at: string) => ({ kind: 'fire', at: new Date(at) });

describe('decide', () => {
  test.each<[string, ScheduleTiming, ScheduleRow | undefined, string, object]>([
    ['adopts a schedule without a row', NIGHTLY, undefined, '2026-07-01T12:00Z', { kind: 'adopt' }],
    [
      'waits for its time',
      NIGHTLY,
      row(NIGHTLY, '2026-07-01T00:00Z'),
      '2026-07-01T00:59Z',
      { kind: 'wait', ms: 60_000 },
    ],
    ['fires at its time', NIGHTLY, row(NIGHTLY, '2026-07-01T00:00Z'), '2026-07-01T01:00Z', fire('2026-07-01T01:00Z')],
    [
      'makes one fire of the missed ones',
      NIGHTLY,
      row(NIGHTLY, '2026-07-01T00:00Z'),
      '2026-07-09T08:00Z',
      fire('2026-07-01T01:00Z'),
    ],
    [
      'waits for the next time after them',
      NIGHTLY,
      row(NIGHTLY, '2026-07-09T08:00Z'),
      '2026-07-09T08:00Z',
      { kind: 'wait', ms: 17 * 3_600_000 },
    ],
    [
      'fires nothing after the clock has jumped back',
      NIGHTLY,
      row(NIGHTLY, '2026-07-01T01:00:00.200Z'),
      '2026-07-01T00:59:59Z',
      { kind: 'wait', ms: 86_401_000 },
    ],
    [
      'rests while paused',
      NIGHTLY,
      row(NIGHTLY, '2026-07-01T00:00Z', { paused: true }),
      '2026-07-09T08:00Z',
      { kind: 'idle' },
    ],
    [
      'fires an interval at its multiples',
      OFTEN,
      row(OFTEN, '2026-07-01T00:01Z'),
      '2026-07-01T00:05Z',
      fire('2026-07-01T00:05Z'),
    ],
    [
      'fires once in a repeated hour',
      { ...NIGHTLY, cron: '30 2 * * *' },
      row({ ...NIGHTLY, cron: '30 2 * * *' }, '2026-10-25T00:30Z'),
      '2026-10-25T01:30Z',
      { kind: 'wait', ms: 24 * 3_600_000 },
    ],
    [
      'fires later for a skipped hour',
      { ...NIGHTLY, cron: '30 2 * * *' },
      row({ ...NIGHTLY, cron: '30 2 * * *' }, '2026-03-29T00:45Z'),
      '2026-03-29T01:30Z',
      fire('2026-03-29T01:30Z'),
    ],
  ])('%s', (_, timing, stored, now, decision) => {
    expect(decide(timing, stored, new Date(now), false)).toEqual(decision);
  });

  test('adopts the timing of the runner that started last; the others rest', () => {
    const stored = row(OFTEN, '2026-07-01T00:01Z');
    const now = new Date('2026-07-01T00:05:30Z');
    expect(decide(NIGHTLY, stored, now, true)).toEqual({ kind: 'adopt' });
    expect(decide(NIGHTLY, stored, now, false)).toEqual({ kind: 'idle' });
  });

  test('adopts a timing that no runner has fired for a minute', () => {
    const stored = row(OFTEN, '2026-07-01T00:01Z');
    const now = new Date('2026-07-01T00:06:01Z');
    expect(decide(NIGHTLY, stored, now, false)).toEqual({ kind: 'adopt' });
    expect(decide(NIGHTLY, { ...stored, paused: true }, now, false)).toEqual({ kind: 'idle' });
    expect(decide(NIGHTLY, { ...stored, definition: 'nonsense' }, now, false)).toEqual({ kind: 'adopt' });
  });
});

test.each([NIGHTLY, OFTEN])('reads its definition back: %j', (timing) => {
  expect(readDefinition(definitionOf(timing))).toEqual(timing);
});

test('fires each time once and only moves the mark forward, whatever the clock does', () => {
  const timing = fc.constantFrom<ScheduleTiming>(
    NIGHTLY,
    OFTEN,
    { cron: '*/30 * * * *', timezone: 'Europe/Berlin' },
    { cron: '30 1 * * *', timezone: 'America/New_York' },
  );
  const start = fc.constantFrom('2026-10-24T22:00Z', '2026-03-28T22:00Z', '2026-10-31T22:00Z', '2026-07-01T00:00Z');
  // Steps of the clock in seconds between two looks: mostly forward, sometimes back.
  const steps = fc.array(
    fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 0, max: 7_200 }) }, fc.integer({ min: -90_000, max: 90_000 })),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(timing, start, steps, (when, from, jumps) => {
      let now = Date.parse(from);
      let stored = row(when, from);
      const fired: number[] = [];
      for (const jump of jumps) {
        now += jump * 1_000;
        const decision = decide(when, stored, new Date(now), false);
        if (decision.kind !== 'fire') continue;
        fired.push(decision.at.getTime());
        expect(now).toBeGreaterThan(stored.mark.getTime());
        stored = { ...stored, mark: new Date(now) };
        // A second look at the same moment fires nothing.
        expect(decide(when, stored, new Date(now), false).kind).toBe('wait');
      }
      expect(fired).toEqual([...new Set(fired)].sort((a, b) => a - b));
    }),
    { numRuns: 100 },
  );
});

test('fires every time of the calendar when the clock advances in small steps', () => {
  const when: ScheduleTiming = { cron: '*/30 * * * *', timezone: 'Europe/Berlin' };
  let stored = row(when, '2026-10-24T22:00Z');
  const fired: string[] = [];
  for (let now = Date.parse('2026-10-24T22:00Z'); now <= Date.parse('2026-10-25T03:00Z'); now += 7_000) {
    const decision = decide(when, stored, new Date(now), false);
    if (decision.kind !== 'fire') continue;
    fired.push(decision.at.toISOString());
    stored = { ...stored, mark: new Date(now) };
  }
  const expected: string[] = [];
  for (
    let at = nextFire(when, new Date('2026-10-24T22:00Z'));
    at && at <= new Date('2026-10-25T02:59Z');
    at = nextFire(when, at)
  ) {
    expected.push(at.toISOString());
  }
  expect(fired).toEqual(expected);
  expect(fired).toHaveLength(7);
});
