import type { Queries } from '@spookify/surreal-link';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Context, contextOf, projectOptions } from '../context.ts';
import type { Job } from '../jobs/jobs.ts';
import type { Outbox } from '../jobs/with-jobs.ts';

export function addJobsCommand(program: Command): void {
  const jobs = program
    .command('jobs')
    .summary('list, show, count, retry and cancel jobs')
    .description('Works on the outbox.');

  jobs
    .command('list')
    .summary('the newest jobs')
    .description('Lists the newest jobs of all backends.')
    .addOption(new Option('--status <status>', 'only these').choices(['pending', 'processing', 'success', 'failed']))
    .option('--backend <name>', 'only of this one')
    .option('--path <path>', 'only of this route')
    .option('--limit <number>', 'at most so many', parseLimit, 20)
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
    .argument('<job>', 'its id, as listed')
    .summary('everything about one job, and why it waits')
    .description('Shows a job with its payload, its errors and its result, and says why it stands where it stands.')
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
        context.result({ event: 'job', job, why }, `${JSON.stringify(job, null, 2)}\n\n${why.text}`);
      });
    });

  jobs
    .command('stats')
    .option('--backend <name>', 'only of this one')
    .summary('how much waits, runs and fails')
    .description('Counts the jobs of each backend: what waits, who works on it, what the last hour brought.')
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
    ['retry', 'start a failed job again', 'Asks the runner to start a failed job again, with all its retries.'],
    ['cancel', 'give a job up', 'Asks the runner to give up a waiting or running job.'],
  ] as const) {
    jobs
      .command(request)
      .argument('<job>', 'its id, as listed')
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

/** One line each, in columns. */
function jobLines(jobs: readonly Job[]): string {
  const width = (of: (job: Job) => string) => Math.max(0, ...jobs.map((job) => of(job).length));
  const widths = { id: width(({ id }) => String(id)), path: width(({ path }) => path) };
  return jobs.map((job) => jobLine(job, widths)).join('\n');
}

function jobLine(
  { id, status, path, retries, max_retries, created_at, errors }: Job,
  widths: { readonly id: number; readonly path: number },
): string {
  const at = created_at.toDate().toISOString();
  const reason = errors.at(-1)?.reason;
  const why = status !== 'success' && reason !== undefined ? `  ${reason}` : '';
  const columns = [String(id).padEnd(widths.id), status.padEnd(10), at, path.padEnd(widths.path)];
  return `${columns.join('  ')}  ${retries}/${max_retries} retries${why}`;
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit > 0) return limit;
  throw new InvalidArgumentError('Write a whole number from 1.');
}
