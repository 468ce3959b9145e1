import { formatDuration } from '../jobs/duration.ts';
import type { ListedSchedule } from './schedules.ts';

/** Formats schedules as a table with one line per schedule. The config allows only printable names and routes. */
export function scheduleLines(schedules: readonly ListedSchedule[]): string {
  const rows = schedules.map((schedule) => [schedule.name, schedule.state, timingText(schedule), schedule.path]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...rows.map((row) => (row[column] ?? '').length)));
  return schedules
    .map((schedule, index) => {
      const columns = (rows[index] ?? []).map((cell, column) => cell.padEnd(widths[column] ?? 0));
      return [...columns, whenText(schedule)].join('  ').trimEnd();
    })
    .join('\n');
}

function timingText({ timing }: ListedSchedule): string {
  return 'everyMs' in timing ? `every ${formatDuration(timing.everyMs)}` : `${timing.cron} ${timing.timezone}`;
}

function whenText({ lastFire, nextFire, skipped }: ListedSchedule): string {
  const parts = [
    nextFire && `next ${nextFire.toISOString()}`,
    lastFire && `last ${lastFire.toISOString()}`,
    skipped > 0 && `${skipped} skipped`,
  ];
  return parts.filter(Boolean).join(', ');
}
