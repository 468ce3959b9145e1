import { describe, expect, it } from 'vitest';
import { type BeatHistory, type Heartbeat, observe, silentRunners } from './liveness.ts';

const DEAD_AFTER = 10_000;
const GAP = 4_000;

interface Read {
  readonly sentAt: number;
  readonly answeredAt?: number;
  readonly runners: readonly Heartbeat[];
}

/** The runners that are silent after these reads. */
function silentAfter(reads: readonly Read[]): string[] {
  let history: BeatHistory | undefined;
  for (const { sentAt, answeredAt = sentAt, runners } of reads) {
    history = observe(history, runners, { sentAt, answeredAt }, GAP);
  }
  return history === undefined ? [] : silentRunners(history, DEAD_AFTER).map(({ id }) => id);
}

/** A read every two seconds; `beatAt` gives the beat of runner `a` at that time. */
function everyTwoSeconds(until: number, beatAt: (at: number) => number): Read[] {
  return Array.from({ length: until / 2_000 + 1 }, (_, index) => {
    const sentAt = index * 2_000;
    return { sentAt, runners: [{ id: 'a', beat: beatAt(sentAt) }] };
  });
}

describe('a runner is silent', () => {
  it('when its beat has not changed for the full time', () => {
    expect(silentAfter(everyTwoSeconds(8_000, () => 7))).toEqual([]);
    expect(silentAfter(everyTwoSeconds(10_000, () => 7))).toEqual(['a']);
  });

  it('together with the beat that was seen, so that a later beat saves it', () => {
    let history: BeatHistory | undefined;
    for (const { sentAt, runners } of everyTwoSeconds(10_000, () => 7)) {
      history = observe(history, runners, { sentAt, answeredAt: sentAt }, GAP);
    }
    expect(history && silentRunners(history, DEAD_AFTER)).toEqual([{ id: 'a', beat: 7 }]);
  });

  it('not if it has beaten meanwhile', () => {
    expect(silentAfter(everyTwoSeconds(20_000, (at) => (at < 11_000 ? Math.floor(at / 4_000) : 3)))).toEqual([]);
    expect(silentAfter(everyTwoSeconds(22_000, (at) => (at < 11_000 ? Math.floor(at / 4_000) : 3)))).toEqual(['a']);
  });

  it('not after a gap between reads, however long its beat was the same', () => {
    const before = everyTwoSeconds(8_000, () => 7);
    const after = (from: number, reads: number): Read[] =>
      Array.from({ length: reads }, (_, index) => ({
        sentAt: from + index * 2_000,
        runners: [{ id: 'a', beat: 7 }],
      }));
    expect(silentAfter([...before, ...after(12_000, 1)])).toEqual(['a']);
    expect(silentAfter([...before, ...after(12_001, 1)])).toEqual([]);
    expect(silentAfter([...before, ...after(60_000, 5)])).toEqual([]);
    expect(silentAfter([...before, ...after(60_000, 6)])).toEqual(['a']);
  });

  it('not by a late answer: nothing is known about the time before it arrives', () => {
    const runners = [{ id: 'a', beat: 7 }];
    const first = { sentAt: 0, answeredAt: 1_500, runners };
    const then = [2_000, 4_000, 6_000, 8_000].map((sentAt) => ({ sentAt, runners }));
    expect(silentAfter([first, ...then, { sentAt: 11_499, runners }])).toEqual([]);
    expect(silentAfter([first, ...then, { sentAt: 11_500, runners }])).toEqual(['a']);
    expect(silentAfter([first, ...then, { sentAt: 11_500, answeredAt: 12_001, runners }])).toEqual([]);
  });

  it('not after fewer than three reads', () => {
    const runners = [{ id: 'a', beat: 7 }];
    const read = (sentAt: number): Parameters<typeof observe>[2] => ({ sentAt, answeredAt: sentAt });
    const twice = observe(observe(undefined, runners, read(0), 60_000), runners, read(20_000), 60_000);
    expect(silentRunners(twice, DEAD_AFTER)).toEqual([]);
    expect(silentRunners(observe(twice, runners, read(20_000), 60_000), DEAD_AFTER)).toHaveLength(1);
  });

  it('not after it has left', () => {
    expect(silentAfter([...everyTwoSeconds(10_000, () => 7), { sentAt: 12_000, runners: [] }])).toEqual([]);
  });
});
