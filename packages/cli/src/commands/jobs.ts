import type { Queries } from '@spookify/surreal-link';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Context, contextOf, projectOptions } from '../context.ts';
import { jobLines } from '../jobs/job-lines.ts';
import type { Outbox } from '../jobs/with-jobs.ts';
import { printable, printableJson } from '../output/printable.ts';

export function addJobsCommand(program: Command): void {
  const jobs = program
    .command('jobs')
    .summary('list, show, count, retry and cancel jobs')
    .description('Works with the jobs of all backends.');

  jobs
    .command('list')
    .summary('the newest jobs')
    .description('Lists the newest jobs of all backends.')
    .addOption(
      new Option('--status <status>', 'only jobs with this status').choices([
        'pending',
        'processing',
        'success',
        'failed',
      ]),
    )
    .option('--backend <name>', 'only jobs of this backend')
    .option('--path <path>', 'only jobs of this route')
    .option('--limit <number>', 'the maximum number of jobs', parseLimit, 20)
    .addHelpText('after', '\nExample:\n  $ spooky jobs list --status failed --path /spookify')
    .action(async ({ status, backend, path, limit }: ListOptions, command: Command) => {
      const context = contextOf(command);
      await onJobs(context, async (database, outboxes) => {
        const [{ chooseOutboxes, listJobs }, { jsonify }] = await Promise.all([
          import('../jobs/jobs.ts'),
          import('surrealdb'),
        ]);
        const tables = chooseOutboxes(outboxes, backend).map(({ table }) => table);
        const found = await listJobs(database, { tables, status, path, limit });
        context.result({ event: 'jobs', jobs: jsonify(found) }, jobLines(found) || 'no jobs');
      });
    });

  jobs
    .command('show')
    .argument('<job>', 'the id of the job, as listed')
    .summary('everything about one job, and why it waits')
    .description('Shows a job with its payload, errors and result, and explains its state.')
    .addHelpText('after', '\nExample:\n  $ spooky jobs show job:0t8l6fjkx0')
    .action(async (id: string, _options: unknown, command: Command) => {
      const context = contextOf(command);
      await onJobs(context, async (database, outboxes) => {
        const [{ parseJobId, showJob }, { jsonify }] = await Promise.all([
          import('../jobs/jobs.ts'),
          import('surrealdb'),
        ]);
        const shown = await showJob(database, parseJobId(id, tablesOf(outboxes)));
        const [job, { why }] = [jsonify(shown.job), shown];
        context.result({ event: 'job', job, why }, `${printableJson(job, 2)}\n\n${printable(why.text)}`);
      });
    });

  jobs
    .command('stats')
    .option('--backend <name>', 'only jobs of this backend')
    .summary('how many jobs wait, run and fail')
    .description(
      'Counts the jobs of each backend that are pending, due or running, and those that ended in the last hour.',
    )
    .addHelpText('after', '\nExample:\n  $ spooky jobs stats --json')
    .action(async ({ backend }: { backend?: string }, command: Command) => {
      const context = contextOf(command);
      await onJobs(context, async (database, outboxes) => {
        const [{ chooseOutboxes }, { jobStats, statsText }] = await Promise.all([
          import('../jobs/jobs.ts'),
          import('../jobs/stats.ts'),
        ]);
        for (const outbox of chooseOutboxes(outboxes, backend)) {
          const stats = await jobStats(database, outbox);
          context.result({ event: 'stats', ...stats }, statsText(stats));
        }
      });
    });

  for (const [request, summary, description] of [
    [
      'retry',
      'retry a failed job, or start a delayed one now',
      'Asks the runner to run a failed job again with all its retries, or to start a delayed job now.',
    ],
    ['cancel', 'cancel a job', 'Asks the runner to cancel a pending or running job.'],
  ] as const) {
    jobs
      .command(request)
      .argument('<job>', 'the id of the job, as listed')
      .summary(summary)
      .description(description)
      .addHelpText('after', `\nExample:\n  $ spooky jobs ${request} job:0t8l6fjkx0`)
      .action(async (id: string, _options: unknown, command: Command) => {
        const context = contextOf(command);
        await onJobs(context, async (database, outboxes) => {
          const { parseJobId, requestJob } = await import('../jobs/jobs.ts');
          await requestJob(database, parseJobId(id, tablesOf(outboxes)), request);
          context.result({ event: 'requested', job: id, request }, `asked the runner to ${request} ${id}`);
        });
      });
  }
}

interface ListOptions {
  readonly status?: string;
  readonly backend?: string;
  readonly path?: string;
  readonly limit: number;
}

function tablesOf(outboxes: readonly Outbox[]): string[] {
  return outboxes.map(({ table }) => table);
}

async function onJobs(
  context: Context,
  work: (database: Queries, outboxes: readonly Outbox[]) => Promise<void>,
): Promise<void> {
  const [{ withJobs }, project] = await Promise.all([import('../jobs/with-jobs.ts'), import('../project.ts')]);
  await withJobs(await project.openProjectWithoutTokens(projectOptions(context)), work);
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit > 0) return limit;
  throw new InvalidArgumentError('Write a whole number, 1 or more.');
}
