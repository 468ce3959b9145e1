import { type Command, InvalidArgumentError } from 'commander';
import { type Context, contextOf, projectOptions } from '../context.ts';
import type { Schedules } from '../schedules/with-schedules.ts';

export function addSchedulesCommand(program: Command): void {
  const schedules = program
    .command('schedules')
    .summary('list, pause, resume and trigger schedules')
    .description('Works with the schedules of sp00ky.yml, which make jobs by the calendar.');

  schedules
    .command('list')
    .summary('when each fired, and when it fires next')
    .description('Lists the schedules of sp00ky.yml with their state, their last fire and their next one.')
    .addHelpText('after', '\nExample:\n  $ spooky schedules list')
    .action(async (_options: unknown, command: Command) => {
      const context = contextOf(command);
      await onSchedules(context, async (given) => {
        const [{ listSchedules }, { scheduleLines }] = await Promise.all([
          import('../schedules/schedules.ts'),
          import('../schedules/schedule-lines.ts'),
        ]);
        const listed = await listSchedules(given);
        context.result({ event: 'schedules', schedules: listed }, scheduleLines(listed) || 'no schedules');
      });
    });

  for (const { name, summary, description, done } of PAUSE_AND_RESUME) {
    schedules
      .command(name)
      .argument('<schedule>', 'its name in sp00ky.yml')
      .summary(summary)
      .description(description)
      .addHelpText('after', `\nExample:\n  $ spooky schedules ${name} nightly`)
      .action(async (schedule: string, _options: unknown, command: Command) => {
        const context = contextOf(command);
        await onSchedules(context, async (given) => {
          const { pauseOrResume } = await import('../schedules/schedules.ts');
          await pauseOrResume(given, schedule, name);
          context.result({ event: done, schedule }, `${done} ${schedule}`);
        });
      });
  }

  schedules
    .command('trigger')
    .argument('<schedule>', 'its name in sp00ky.yml')
    .summary('make a job of a schedule now')
    .description(
      'Makes a job of a schedule now, even if it is paused or an earlier job is open. The next fire does not change.',
    )
    .addHelpText('after', '\nExample:\n  $ spooky schedules trigger nightly')
    .action(async (schedule: string, _options: unknown, command: Command) => {
      const context = contextOf(command);
      await onSchedules(context, async (given) => {
        const { trigger } = await import('../schedules/schedules.ts');
        const job = await trigger(given, schedule);
        context.result({ event: 'triggered', schedule, job }, `added ${job}`);
      });
    });

  schedules
    .command('runs')
    .argument('<schedule>', 'its name in sp00ky.yml')
    .summary('the newest jobs of a schedule')
    .description('Lists the newest jobs of a schedule; spooky jobs show explains one.')
    .option('--limit <number>', 'the maximum number of jobs', parseLimit, 20)
    .addHelpText('after', '\nExample:\n  $ spooky schedules runs nightly --limit 5')
    .action(async (schedule: string, { limit }: { limit: number }, command: Command) => {
      const context = contextOf(command);
      await onSchedules(context, async (given) => {
        const [{ listRuns }, { jobLines }, { jsonify }] = await Promise.all([
          import('../schedules/schedules.ts'),
          import('../jobs/job-lines.ts'),
          import('surrealdb'),
        ]);
        const jobs = await listRuns(given, schedule, limit);
        context.result({ event: 'runs', schedule, jobs: jsonify(jobs) }, jobLines(jobs) || 'no jobs');
      });
    });
}

const PAUSE_AND_RESUME = [
  {
    name: 'pause',
    summary: 'stop a schedule until it is resumed',
    description: 'Stops a schedule on all runners, even after restarts. It does not affect jobs that exist already.',
    done: 'paused',
  },
  {
    name: 'resume',
    summary: 'let a paused schedule fire again',
    description:
      'Lets a paused schedule fire again, at its next time from now on. Times that it missed are not made up for.',
    done: 'resumed',
  },
] as const;

async function onSchedules(context: Context, work: (given: Schedules) => Promise<void>): Promise<void> {
  const [{ withSchedules }, project] = await Promise.all([
    import('../schedules/with-schedules.ts'),
    import('../project.ts'),
  ]);
  await withSchedules(await project.openProjectWithoutTokens(projectOptions(context)), work);
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit > 0) return limit;
  throw new InvalidArgumentError('Write a whole number, 1 or more.');
}
