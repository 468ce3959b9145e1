/*
 * What sees the jobs of one lane pass: counts and spans. It looks on; no call depends on what it does.
 *
 * Nothing here waits or fails, and a job costs no more than a few additions while there is no tracer.
 */
import type { Span } from '@opentelemetry/api';
import type { RunnerBackend } from '../backends.ts';
import type { Job } from '../job.ts';
import type { Outcome } from '../outcome.ts';
import { observe } from './histogram.ts';
import { createJobMeters, type JobMeters } from './job-meters.ts';
import { endSpan, type StartSpan } from './trace.ts';

export interface LaneWatch {
  readonly meters: JobMeters;
  /** A claim brought it. */
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
  leaseLost(job: Job): void;
  /** Its lease had lapsed, and it is due again or failed. */
  rescued(path: string): void;
}

export function createLaneWatch(backend: RunnerBackend, startSpan: StartSpan | undefined): LaneWatch {
  const meters = createJobMeters(Object.keys(backend.routes));

  return {
    meters,
    fetched(job) {
      const meter = meters.of(job.path);
      meter.claimed += 1;
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
    leaseLost(job) {
      meters.of(job.path).leasesLost += 1;
    },
    rescued(path) {
      meters.of(path).rescued += 1;
    },
  };
}
