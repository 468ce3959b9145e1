import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Surreal } from 'surrealdb';
import { type Context, contextOf, projectOptions } from '../context.ts';
import type { Job } from '../jobs/jobs.ts';

export function addJobsCommand(program: Command): void {
  const jobs = program.command('jobs').summary('list, show, retry and cancel jobs').description('Works on the outbox.');

  jobs
    .command('list')
    .summary('the newest jobs')
    .description('Lists the newest jobs of all backends.')
    .addOption(new Option('--status <status>', 'only these').choices(['pending', 'processing', 'success', 'failed']))
    .option('--limit <number>', 'at most so many', parseLimit, 20)
    .addHelpText('after', '\nExample:\n  $ spooky jobs list --status failed')
    .action(async ({ status, limit }: { status?: string; limit: number }, command: Command) => {
      const context = contextOf(command);
      await onJobs(context, async (database, tables) => {
        const [{ listJobs }, { jsonify }] = await Promise.all([import('../jobs/jobs.ts'), import('surrealdb')]);
        const found = await listJobs(database, { tables, status, limit });
        context.result({ event: 'jobs', jobs: jsonify(found) }, found.map(jobLine).join('\n') || 'no jobs');
      });
    });

  jobs
    .command('show')
    .argument('<job>', 'its id, as listed')
    .summary('everything about one job')
    .description('Shows a job with its payload, its errors and its result.')
    .addHelpText('after', '\nExample:\n  $ spooky jobs show job:0t8l6fjkx0')
    .action(async (id: string, _options: unknown, command: Command) => {
      const context = contextOf(command);
      await onJobs(context, async (database, tables) => {
        const [{ parseJobId, showJob }, { jsonify }] = await Promise.all([
          import('../jobs/jobs.ts'),
          import('surrealdb'),
        ]);
        const job = jsonify(await showJob(database, parseJobId(id, tables)));
        context.result({ event: 'job', job }, JSON.stringify(job, null, 2));
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
        await onJobs(context, async (database, tables) => {
          const { parseJobId, requestJob } = await import('../jobs/jobs.ts');
          await requestJob(database, parseJobId(id, tables), request);
          context.result({ event: 'requested', job: id, request }, `asked the runner to ${request} ${id}`);
        });
      });
  }
}

async function onJobs(
  context: Context,
  work: (database: Surreal, tables: readonly string[]) => Promise<void>,
): Promise<void> {
  const [{ withJobs }, { openProject }] = await Promise.all([import('../jobs/with-jobs.ts'), import('../project.ts')]);
  await withJobs(await openProject(projectOptions(context)), work);
}

function jobLine({ id, status, path, retries, max_retries, created_at, errors }: Job): string {
  const at = created_at.toDate().toISOString();
  const reason = errors.at(-1)?.reason;
  const why = status !== 'success' && reason !== undefined ? `  ${reason}` : '';
  return `${String(id)}  ${status.padEnd(10)}  ${at}  ${path}  ${retries}/${max_retries} retries${why}`;
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit > 0) return limit;
  throw new InvalidArgumentError('Write a whole number from 1.');
}
