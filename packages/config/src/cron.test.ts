import { describe, expect, test } from 'vitest';
import { createCalendar, cronFault, isTimezone } from './cron.ts';

/** Returns the fires between two moments, each asked for from the previous one. */
function fires(expression: string, timezone: string, from: string, until: string): string[] {
  const calendar = createCalendar(expression, timezone);
  const found: string[] = [];
  for (let at = calendar.next(new Date(from)); at && at < new Date(until); at = calendar.next(at)) {
    found.push(at.toISOString().slice(5, 16));
  }
  return found;
}

describe('fires by the wall clock of a time zone:', () => {
  test.each([
    ['0 3 * * *', 'UTC', '2026-03-28', '2026-03-31', ['03-28T03:00', '03-29T03:00', '03-30T03:00']],
    ['0 12 * * *', 'Asia/Kathmandu', '2026-05-01', '2026-05-03', ['05-01T06:15', '05-02T06:15']],
    ['0 12 * * *', 'Pacific/Apia', '2026-05-01', '2026-05-03', ['05-01T23:00', '05-02T23:00']],
    ['@daily', 'America/New_York', '2026-06-01', '2026-06-03', ['06-01T04:00', '06-02T04:00']],
    ['0 9 * * mon-fri', 'UTC', '2026-05-01', '2026-05-05', ['05-01T09:00', '05-04T09:00']],
    ['0 0 L * *', 'UTC', '2028-02-01', '2028-04-01', ['02-29T00:00', '03-31T00:00']],
  ])('%s in %s', (expression, timezone, from, until, expected) => {
    expect(fires(expression, timezone, from, until)).toEqual(expected);
  });
});

describe('delays a fire that summer time skips by as much as the clock jumps:', () => {
  test.each([
    ['30 2 * * *', 'Europe/Berlin', '2026-03-28', '2026-03-31', ['03-28T01:30', '03-29T01:30', '03-30T00:30']],
    ['0 3 * * *', 'Europe/Berlin', '2026-03-28', '2026-03-31', ['03-28T02:00', '03-29T01:00', '03-30T01:00']],
    ['30 2 * * *', 'America/New_York', '2026-03-07T12:00', '2026-03-10', ['03-08T07:30', '03-09T06:30']],
    ['15 2 * * *', 'Australia/Lord_Howe', '2026-10-03T12:00', '2026-10-05', ['10-03T15:45', '10-04T15:15']],
    ['0 0 * * *', 'America/Sao_Paulo', '2018-11-03T12:00', '2018-11-06', ['11-04T03:00', '11-05T02:00']],
    [
      '0 * * * *',
      'Europe/Berlin',
      '2026-03-28T23:30',
      '2026-03-29T03:30',
      ['03-29T00:00', '03-29T01:00', '03-29T02:00', '03-29T03:00'],
    ],
  ])('%s in %s', (expression, timezone, from, until, expected) => {
    expect(fires(expression, timezone, from, until)).toEqual(expected);
  });
});

describe('fires once, at the first time, when winter time repeats an hour:', () => {
  test.each([
    ['30 2 * * *', 'Europe/Berlin', '2026-10-24', '2026-10-27', ['10-24T00:30', '10-25T00:30', '10-26T01:30']],
    ['30 1 * * *', 'America/New_York', '2026-10-31T12:00', '2026-11-03', ['11-01T05:30', '11-02T06:30']],
    ['45 1 * * *', 'Australia/Lord_Howe', '2026-04-04', '2026-04-06', ['04-04T15:15', '04-05T15:15']],
    [
      '*/30 * * * *',
      'Europe/Berlin',
      '2026-10-24T23:45',
      '2026-10-25T02:45',
      ['10-25T00:00', '10-25T00:30', '10-25T02:00', '10-25T02:30'],
    ],
    ['59 23 * * *', 'America/Sao_Paulo', '2018-02-17', '2018-02-20', ['02-17T01:59', '02-18T01:59', '02-19T02:59']],
  ])('%s in %s', (expression, timezone, from, until, expected) => {
    expect(fires(expression, timezone, from, until)).toEqual(expected);
  });
});

/** The moments around clock changes, where the wall clock is not monotonic. */
const CHANGES: [string, string][] = [
  ['Europe/Berlin', '2026-10-24T18:00:00Z'],
  ['Europe/Berlin', '2026-03-28T18:00:00Z'],
  ['America/New_York', '2026-10-31T22:00:00Z'],
  ['America/New_York', '2026-03-07T22:00:00Z'],
  ['Australia/Lord_Howe', '2026-04-04T05:00:00Z'],
  ['Australia/Lord_Howe', '2026-10-03T05:00:00Z'],
  ['America/Sao_Paulo', '2018-02-17T18:00:00Z'],
  ['Africa/Cairo', '2026-10-29T14:00:00Z'],
  ['Pacific/Apia', '2011-12-29T20:00:00Z'],
];

test.each(CHANGES)(
  'returns the same fires from every starting moment around the clock change of %s at %s',
  (timezone, start) => {
    const from = Date.parse(start);
    for (const expression of ['30 2 * * *', '30 1 * * *', '*/30 * * * *', '59 23 * * *']) {
      const calendar = createCalendar(expression, timezone);
      const sequence: number[] = [];
      for (let at = from; at < from + 32 * 3_600_000; sequence.push(at)) {
        const next = calendar.next(new Date(at))?.getTime() ?? Number.NaN;
        expect(next).toBeGreaterThan(at);
        at = next;
      }
      for (let minute = 0; minute < 20 * 60; minute += 25) {
        const asked = from + minute * 60_000 + 1;
        const expected = sequence.find((fire) => fire > asked);
        expect(
          createCalendar(expression, timezone).next(new Date(asked))?.getTime(),
          `${expression} ${new Date(asked).toISOString()}`,
        ).toBe(expected);
      }
    }
  },
);

test.each([
  ['0 3 * * *', undefined],
  ['@weekly', undefined],
  ['0 3 * jan,mai *', 'the month cannot be read'],
  ['0 3 * * */9-1', 'the day of the week cannot be read'],
  ['* * * * * *', 'must have five fields: minute, hour, day of the month, month, day of the week'],
  ['2026-10-10T00:00:00', 'must have five fields: minute, hour, day of the month, month, day of the week'],
  ['', 'must have five fields: minute, hour, day of the month, month, day of the week'],
  ['0 0 30 2 *', 'names a day that does not exist'],
  ['61 * * * *', 'the minute cannot be read'],
  ['@reboot', 'must be @yearly, @monthly, @weekly, @daily, @hourly or five fields'],
])('reports for %j the fault %j', (expression, fault) => {
  expect(cronFault(expression)).toEqual(fault);
});

test.each([
  ['Europe/Berlin', true],
  ['UTC', true],
  ['Mars/Olympus', false],
  ['+02:00', false],
  ['', false],
])('decides whether %j is a time zone: %j', (name, expected) => {
  expect(isTimezone(name)).toBe(expected);
});
