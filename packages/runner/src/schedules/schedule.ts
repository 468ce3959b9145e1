import type { ScheduleConfig, ScheduleTiming, SpookyConfig } from '@spookify/config';

/** A job that starts by the calendar, as the runner takes it. */
export interface RunnerSchedule {
  readonly name: string;
  readonly timing: ScheduleTiming;
  /** The outbox table of its backend. */
  readonly table: string;
  /** The route of that backend. */
  readonly path: string;
  readonly payload: Readonly<Record<string, unknown>>;
  /** What a fire does while a job of an earlier one is open: no new job, one more, or a new one instead of the earlier. */
  readonly concurrency: ScheduleConfig['concurrency'];
}

/** The schedules of sp00ky.yml, as the runner takes them. */
export function runnerSchedules({ schedules, backends }: SpookyConfig): RunnerSchedule[] {
  return Object.values(schedules).flatMap(({ backend, route, ...schedule }) => {
    const table = backends[backend]?.method.table;
    return table === undefined ? [] : [{ ...schedule, table, path: route }];
  });
}
