/*
 * Fires schedules, next to any number of other runners that do the same.
 *
 * There is no leader: every runner looks when a fire is due, and the write that fires changes the schedule's row, so if
 * several try at the same moment, the database accepts one. The database's clock decides what is due; this process only
 * measures how long to sleep.
 */
import { type Connection, isAway } from '../connection.ts';
import type { Logger } from '../logger.ts';
import { createPoller } from '../poller.ts';
import { decide } from './decide.ts';
import { adoptSchedule, fireSchedule, readSchedules, type StoredSchedule } from './rows.ts';
import type { RunnerSchedule } from './schedule.ts';

/** The schedules of a running runner. */
export interface Schedules {
  start(): void;
  /** Looks now. */
  notify(): void;
  /** Resolves when the current look has ended. Nothing fires after that. */
  stop(): Promise<void>;
}

export interface SchedulesOptions {
  readonly connection: Connection;
  readonly schedules: readonly RunnerSchedule[];
  readonly logger: Logger;
  /** A job may have been made. */
  readonly onFired: () => void;
  /** How late a fire can be after a jump of the database's clock, or after a resume. */
  readonly pollMs: number;
}

/** A mark this far ahead of the clock was written while the clock was wrong. */
const AHEAD_MS = 60_000;

export function createSchedules({ connection, schedules, logger, onFired, pollMs }: SchedulesOptions): Schedules {
  const names = schedules.map(({ name }) => name);
  const seen = new Set<string>();
  const warned = new Set<string>();
  let stopped = false;

  async function look(): Promise<void> {
    if (!connection.connected) return;
    const { now, rows } = await readSchedules(connection, names);
    for (const schedule of schedules) {
      if (stopped) return;
      try {
        await act(schedule, rows.get(schedule.name), now);
      } catch (error) {
        if (isAway(error)) throw error;
        logger.error(
          { err: error, schedule: schedule.name },
          'a schedule could not fire; the runner tries again. If its table is missing, run spooky db migrate',
        );
      }
    }
  }

  async function act(schedule: RunnerSchedule, row: StoredSchedule | undefined, now: Date): Promise<void> {
    const { name, timing } = schedule;
    warnOfClock(name, row, now);
    const decision = decide(timing, row, now, !seen.has(name));
    if (decision.kind === 'adopt') {
      await adoptSchedule(connection, schedule);
      logger.info({ schedule: name, ...timing }, 'a schedule fires by this timing from now on');
    }
    if (decision.kind === 'fire' && row !== undefined) await fire(schedule, decision.at, row.version);
    if (decision.kind === 'wait') poller.after(decision.ms);
    seen.add(name);
    // The row has changed and gives a new time for the next look.
    if (decision.kind === 'adopt' || decision.kind === 'fire') poller.notify();
  }

  async function fire(schedule: RunnerSchedule, at: Date, version: number): Promise<void> {
    const fired = await fireSchedule(connection, schedule, at, version);
    if (fired === undefined) return;
    onFired();
    const details = { schedule: schedule.name, at: at.toISOString(), ...(fired.job && { job: String(fired.job) }) };
    if (fired.skipped) logger.warn(details, 'a schedule did not fire: the job of an earlier fire is open');
    else logger.info(details, 'a schedule fired');
  }

  function warnOfClock(schedule: string, row: StoredSchedule | undefined, now: Date): void {
    const isAhead = row !== undefined && row.mark.getTime() - now.getTime() > AHEAD_MS;
    if (!isAhead) warned.delete(schedule);
    else if (!warned.has(schedule)) {
      warned.add(schedule);
      logger.warn(
        { schedule, firedUpTo: row.mark.toISOString() },
        "a schedule waits: it fired while the database's clock was ahead; run spooky schedules resume to restart it",
      );
    }
  }

  const poller = createPoller(pollMs, look, (error) => {
    // The connection logs when it is lost, and the next connection looks again.
    if (stopped || isAway(error)) return;
    logger.error({ err: error }, 'the schedules cannot be read; the runner tries again');
  });

  return {
    start() {
      if (schedules.length > 0) poller.start();
    },
    notify: () => poller.notify(),
    stop() {
      stopped = true;
      return poller.stop();
    },
  };
}
