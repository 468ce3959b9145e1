/*
 * What sees the jobs of one backend pass: counts and spans. It looks on; no call depends on what it does.
 *
 * Nothing here waits or fails, and a job costs no more than a few additions while there is no tracer.
 */
import type { Span } from '@opentelemetry/api';
import type { RunnerBackend } from '../backends.ts';
import type { Outcome } from '../delivery/outcome.ts';
import type { Job } from '../job.ts';
import { observe } from './histogram.ts';
import { createJobMeters, type JobMeters } from './job-meters.ts';
import { endSpan, type StartSpan } from './trace.ts';

export interface BackendWatch {
  readonly meters: JobMeters;
  /** It was fetched. */
  fetched(job: Job): void;
  /**
   * Its attempt begins. Gives the attempt's span, if spans are recorded.
   * @param waitedMs from when it was fetched to now
   */
  begin(job: Job, waitedMs: number): Span | undefined;
  /** The attempt is over: the call has ended, or was never made. @param ms since `begin` */
  end(job: Job, outcome: Outcome, ms: number, span: Span | undefined): void;
  /** An outcome stands on its row. */
  written(job: Job, outcome: Outcome): void;
  /** A job whose runner is gone is due again, or has failed. */
  recovered(path: string): void;
}

export function createBackendWatch(backend: RunnerBackend, startSpan: StartSpan | undefined): BackendWatch {
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
