import { family, type Histogram, histograms, type Labels, type Sample } from '@spookify/surreal-link/status';
import type { Connection } from '../connection.ts';
import type { JobMeters, RouteMeter } from './job-meters.ts';

/** One backend, as the page shows it. */
export interface MeteredBackend {
  readonly name: string;
  readonly meters: JobMeters;
  /**
   * How long the longest-waiting due job has waited, in seconds. 0 if none is due; undefined if the database does not
   * answer.
   */
  oldestDue(): Promise<number | undefined>;
}

/** Everything that a runner counts. The names are stable. */
export async function metricsPage(
  backends: readonly MeteredBackend[],
  connection: Pick<Connection, 'connected'>,
): Promise<string> {
  const routes = backends.flatMap(({ name, meters }) =>
    [...meters.routes].map(([route, meter]): [Labels, RouteMeter] => [{ backend: name, route }, meter]),
  );
  const each = (read: (meter: RouteMeter) => number): Sample[] =>
    routes.map(([labels, meter]) => [labels, read(meter)]);
  const eachHistogram = (read: (meter: RouteMeter) => Histogram): [Labels, Histogram][] =>
    routes.map(([labels, meter]) => [labels, read(meter)]);
  const outcomes = routes.flatMap(([labels, { outcomes }]) =>
    Object.entries(outcomes).map(([outcome, count]): Sample => [{ ...labels, outcome }, count]),
  );
  const waiting = await Promise.all(
    backends.map(async ({ name, oldestDue }) => ({ name, seconds: await oldestDue() })),
  );
  const oldest = waiting.flatMap(({ name, seconds }): Sample[] =>
    seconds === undefined ? [] : [[{ backend: name }, seconds]],
  );
  const connected = connection.connected ? 1 : 0;

  return [
    family(
      'counter',
      'spooky_jobs_fetched_total',
      'Jobs that this runner read into its queues. A job that it dropped before its start and read again counts twice.',
      each(({ fetched }) => fetched),
    ),
    family(
      'counter',
      'spooky_job_outcomes_total',
      'Outcomes that this runner wrote to the rows of jobs, by kind.',
      outcomes,
    ),
    family(
      'gauge',
      'spooky_jobs_in_flight',
      'Attempts in flight: begun, and not yet ended.',
      each(({ inFlight }) => inFlight),
    ),
    histograms(
      'spooky_job_queue_seconds',
      'From when a job was due to when this runner read it into its queues, by the clock of the database.',
      eachHistogram(({ waited }) => waited),
    ),
    histograms(
      'spooky_job_start_delay_seconds',
      'From when a job was read into a queue to the start of its attempt: the wait for its turn and a free slot.',
      eachHistogram(({ startDelay }) => startDelay),
    ),
    histograms(
      'spooky_job_attempt_seconds',
      'From the start of an attempt to its end: the call, without the waits before it and the write after it.',
      eachHistogram(({ attempt }) => attempt),
    ),
    family(
      'counter',
      'spooky_jobs_recovered_total',
      'Jobs of lost runners that this runner made due again or failed.',
      each(({ recovered }) => recovered),
    ),
    family('gauge', 'spooky_jobs_oldest_due_seconds', 'How long the longest waiting due job has waited.', oldest),
    family('gauge', 'spooky_runner_database_connected', 'Whether the database is connected.', [[{}, connected]]),
  ].join('');
}
