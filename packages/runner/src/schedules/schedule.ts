import type { ScheduleConfig, ScheduleTiming, SpookyConfig } from '@spookify/config';

/** A job that starts by the calendar. */
export interface RunnerSchedule {
  /** Its key in `sp00ky.yml`. */
  readonly name: string;
  /** A cron expression with its time zone, or an interval in milliseconds. */
  readonly timing: ScheduleTiming;
  /** The outbox table of its backend. */
  readonly table: string;
  /** The route of that backend. */
  readonly path: string;
  /** The payload of each of its jobs. */
  readonly payload: Readonly<Record<string, unknown>>;
  /**
   * What a fire does while the job of an earlier fire is open: make no job (`skip`), make another one (`allow`), or
   * cancel the earlier one and make a new one (`replace`).
   */
  readonly concurrency: ScheduleConfig['concurrency'];
}

/** Reads the schedules of `sp00ky.yml`. */
export function runnerSchedules({ schedules, backends }: SpookyConfig): RunnerSchedule[] {
  return Object.values(schedules).flatMap(({ backend, route, ...schedule }) => {
    const table = backends[backend]?.method.table;
    return table === undefined ? [] : [{ ...schedule, table, path: route }];
  });
}
