/*
 * Which runners are dead, judged by their beats.
 *
 * Clocks of two machines are never compared. A runner watches the beat of another one for a time on its own clock. The
 * time counts only between reads in quick succession: after a gap every watch starts again, because the other runners
 * may have been cut off from the database like this one.
 */

/** The beat of a runner as its row says. */
export interface Heartbeat {
  readonly id: string;
  readonly beat: number;
}

/** When a read of the database was sent and answered, on this runner's clock. The read saw a moment in between. */
export interface ReadTime {
  readonly sentAt: number;
  readonly answeredAt: number;
}

interface Observation {
  readonly beat: number;
  /** When the first read that saw this beat was answered. */
  readonly since: number;
  readonly reads: number;
}

/** What is known after a read. */
export interface BeatHistory {
  readonly sentAt: number;
  readonly observations: ReadonlyMap<string, Observation>;
}

/** A single late read must not be enough to declare a runner dead. */
const MIN_READS = 3;

/**
 * Adds a read to what was known before.
 *
 * @param longestGapMs the longest time between two reads; after a longer gap, nothing is known about the time between
 *   them
 */
export function observe(
  before: BeatHistory | undefined,
  runners: readonly Heartbeat[],
  { sentAt, answeredAt }: ReadTime,
  longestGapMs: number,
): BeatHistory {
  const isGap = before === undefined || answeredAt - before.sentAt > longestGapMs;
  const observations = new Map<string, Observation>();
  for (const { id, beat } of runners) {
    const known = isGap ? undefined : before.observations.get(id);
    const isSame = known?.beat === beat;
    observations.set(id, isSame ? { ...known, reads: known.reads + 1 } : { beat, since: answeredAt, reads: 1 });
  }
  return { sentAt, observations };
}

/** The runners whose beat has certainly not changed for `deadAfterMs`, with that beat. */
export function silentRunners({ sentAt, observations }: BeatHistory, deadAfterMs: number): Heartbeat[] {
  return [...observations]
    .filter(([, { since, reads }]) => reads >= MIN_READS && sentAt - since >= deadAfterMs)
    .map(([id, { beat }]) => ({ id, beat }));
}
