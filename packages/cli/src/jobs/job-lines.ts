import { printable } from '../output/printable.ts';
import { formatDuration } from './duration.ts';
import type { Job } from './jobs.ts';

/** Formats jobs as a table with one line per job, even if their fields contain line breaks. */
export function jobLines(jobs: readonly Job[]): string {
  const width = (of: (job: Job) => string) => Math.max(0, ...jobs.map((job) => of(job).length));
  const widths = { id: width(({ id }) => printable(String(id))), path: width(({ path }) => printable(path)) };
  return jobs.map((job) => jobLine(job, widths)).join('\n');
}

function jobLine(
  { id, status, path, retries, max_retries, created_at, due_in_ms, errors }: Job,
  widths: { readonly id: number; readonly path: number },
): string {
  const at = created_at.toDate().toISOString();
  const reason = errors.at(-1)?.reason;
  const why = status !== 'success' && reason !== undefined ? `  ${printable(reason)}` : '';
  const due = due_in_ms == null ? '' : `  in ${formatDuration(due_in_ms)}`;
  const columns = [
    printable(String(id)).padEnd(widths.id),
    printable(status).padEnd(10),
    at,
    printable(path).padEnd(widths.path),
  ];
  return `${columns.join('  ')}  ${retries}/${max_retries} retries${due}${why}`;
}
