import { expect, it } from 'vitest';
import type { Evidence } from './evidence.ts';
import { recoveriesOf } from './recovery.ts';
import { JobTimeline, OwnershipTimeline } from './timelines.ts';

const KILLED_AT = 1_050;
const ENDED_AT = 60_000;

function evidenceOf(
  timeline: JobTimeline,
  more: Partial<Evidence> = {},
  ownership = new OwnershipTimeline(),
): Evidence {
  return {
    inserted: [timeline.job],
    rows: [timeline.row()],
    versions: new Map([[timeline.job, timeline.versions]]),
    runners: ownership.runners,
    // Tested separately below.
    partitions: new Map(),
    calls: timeline.calls,
    effects: [],
    requests: [],
    stuck: new Set(),
    faults: [{ process: 'r1.1', from: KILLED_AT, until: Number.POSITIVE_INFINITY }],
    outages: [],
    ...more,
  };
}

const called = (): JobTimeline => new JobTimeline('job:a').call(1, 40);
/** Its first call begins at 1,010. */
const again = (): JobTimeline => called().wait(11_000).as('r2.1:b').call(1, 5).wait(10).succeed();

it('measures the time from the kill until a living owner has the job due', () => {
  const { partitions } = OwnershipTimeline.crash(KILLED_AT);
  const ofJob = (timeline: JobTimeline) =>
    recoveriesOf(evidenceOf(timeline, { partitions }), ENDED_AT).find(({ what }) => what === 'job:a');
  // Not marked: due as soon as its partition has an owner.
  const unmarked = called().wait(11_500).as('r2.1:b').call(1, 5).wait(10).succeed();
  expect(ofJob(unmarked)).toMatchObject({ ms: 11_010, calledMs: 12_510 - KILLED_AT });
  const marked = called().wait(20).mark().wait(12_000).as('r2.1:b').recover().wait(500).call(1, 5).wait(10).succeed();
  expect(ofJob(marked)).toMatchObject({ ms: 13_040 - KILLED_AT, calledMs: 13_550 - KILLED_AT });
});

it('leaves out the time without a database', () => {
  const outages = [
    { from: 0, until: 1_100 },
    { from: 5_000, until: 6_000 },
    { from: 12_000, until: 30_000 },
  ];
  const ms = 12_010 - KILLED_AT - 50 - 1_000 - 10;
  expect(recoveriesOf(evidenceOf(again(), { outages }), ENDED_AT)).toMatchObject([{ ms, outages: 3 }]);
});

it('counts only jobs that the killed runner had called and not finished', () => {
  const others = [
    called().wait(10).succeed(),
    called().wait(10).retry().wait(20_000).as('r2.1:b').call(2, 5).wait(10).succeed(),
    // Its outcome was already being written.
    called().wait(50).retry().wait(20_000).as('r2.1:b').call(2, 5).wait(10).succeed(),
    called().wait(11_000).as('r2.1:b').fail('runner_lost', { rescues: 3 }),
    new JobTimeline('job:a').as('r1.2:x').call(1, 40).wait(11_000).call(1, 5).wait(10).succeed(),
  ];
  for (const timeline of others) expect(recoveriesOf(evidenceOf(timeline), ENDED_AT)).toEqual([]);
});

it('measures how long a partition waits for its next owner', () => {
  const { partitions } = OwnershipTimeline.crash(KILLED_AT);
  const what = 'partition 3';
  expect(recoveriesOf(evidenceOf(again(), { partitions }), ENDED_AT)).toContainEqual(
    expect.objectContaining({ what, ms: 11_010 }),
  );
  const unowned = new OwnershipTimeline().partitions;
  expect(recoveriesOf(evidenceOf(again(), { partitions: unowned }), ENDED_AT)).toContainEqual(
    expect.objectContaining({ what, ms: ENDED_AT - KILLED_AT }),
  );
});

it('ignores a partition that a paused runner keeps, or gives up afterwards', () => {
  const faults = [{ process: 'r1.1', from: KILLED_AT, until: 4_000 }];
  const ownerships = [
    new OwnershipTimeline(),
    new OwnershipTimeline().own(undefined, 8_000, { by: 'r1.1' }).own('r2.1:b', 9_000),
  ];
  for (const { partitions } of ownerships) {
    expect(recoveriesOf(evidenceOf(called().wait(10).succeed(), { faults, partitions }), ENDED_AT)).toEqual([]);
  }
});
