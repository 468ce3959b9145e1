/*
 * Counts and traces the jobs of one backend. It only observes: no call depends on it.
 *
 * Nothing here waits or fails, and without a tracer a job costs no more than a few additions.
 */
import type { Span } from '@opentelemetry/api';
import { observe } from '@spookify/surreal-link/status';
import type { RunnerBackend } from '../backends.ts';
import type { Outcome } from '../delivery/outcome.ts';
import type { Job } from '../job.ts';
import { createJobMeters, type JobMeters } from './job-meters.ts';
import { endSpan, type StartSpan } from './trace.ts';

/** Receives what happens to the jobs of one backend. */
export interface BackendObserver {
  readonly meters: JobMeters;
  /** The job was fetched. */
  fetched(job: Job): void;
  /**
   * An attempt begins. Returns the attempt's span, if spans are recorded.
   * @param waitedMs since the job was fetched
   */
  begin(job: Job, waitedMs: number): Span | undefined;
  /**
   * The attempt has ended, with or without a call.
   * @param ms since `begin`
   */
  end(job: Job, outcome: Outcome, ms: number, span: Span | undefined): void;
  /** The outcome is written to the row. */
  written(job: Job, outcome: Outcome): void;
  /** A job of a lost runner is due again, or has failed. */
  recovered(path: string): void;
}

export function createBackendObserver(backend: RunnerBackend, startSpan: StartSpan | undefined): BackendObserver {
  const meters = createJobMeters(Object.keys(backend.routes));

  return {
    meters,
    fetched(job) {
      const meter = meters.of(job.path);
      meter.fetched += 1;
      observe(meter.waited, job.waitedMs / 1000);
    },
    begin(job, waitedMs) {
      const meter = meters.of(job.path);
      meter.inFlight += 1;
      observe(meter.startDelay, waitedMs / 1000);
      return startSpan?.(job);
    },
    end(job, outcome, ms, span) {
      const meter = meters.of(job.path);
      meter.inFlight -= 1;
      observe(meter.attempt, ms / 1000);
      if (span) endSpan(span, outcome);
    },
    written(job, outcome) {
      if (outcome.kind !== 'lost') meters.of(job.path).outcomes[outcome.kind] += 1;
    },
    recovered(path) {
      meters.of(path).recovered += 1;
    },
  };
}
