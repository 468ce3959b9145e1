/*
 * What sees the jobs of one lane pass: counts, spans, and who may report progress.
 *
 * Nothing here waits or fails, and a job costs no more than a few additions while there is neither a tracer nor a
 * listening server.
 */
import type { Span } from '@opentelemetry/api';
import type { RunnerBackend } from '../backends.ts';
import type { Job } from '../job.ts';
import type { Outcome } from '../outcome.ts';
import type { Attempt } from '../progress/attempts.ts';
import type { ProgressDesk } from '../progress/desk.ts';
import { observe } from './histogram.ts';
import { createJobMeters, type JobMeters } from './job-meters.ts';
import { endSpan, type StartSpan, traceparentOf } from './trace.ts';

export interface LaneWatch {
  readonly meters: JobMeters;
  /** A job was claimed, and its call begins. What it gives belongs to this attempt; undefined when nobody follows it. */
  begin(job: Job): Followed | undefined;
  /** The call is over, or was never made. @param ms since the claim */
  end(job: Job, outcome: Outcome, ms: number, followed: Followed | undefined): void;
  /** An outcome stands on its row. */
  written(job: Job, outcome: Outcome): void;
  leaseLost(job: Job): void;
  /** Its lease had lapsed, and it is due again or failed. */
  rescued(path: string): void;
}

/** An attempt that is followed from outside. */
export interface Followed {
  /** For its call. */
  readonly headers: Record<string, string>;
  readonly span: Span | undefined;
  readonly attempt: Attempt | undefined;
}

export function createLaneWatch(
  backend: RunnerBackend,
  startSpan: StartSpan | undefined,
  progress: ProgressDesk | undefined,
): LaneWatch {
  const meters = createJobMeters(Object.keys(backend.routes));
  const secret = backend.token?.reveal();

  function follow(job: Job): Followed {
    const headers: Record<string, string> = {};
    const span = startSpan?.(job);
    if (span) headers.traceparent = traceparentOf(span);
    const attempt = progress?.open(job, secret, headers);
    return { headers, span, attempt };
  }

  return {
    meters,
    begin(job) {
      const meter = meters.of(job.path);
      meter.claimed += 1;
      meter.inFlight += 1;
      observe(meter.waited, job.waitedMs / 1000);
      return startSpan || progress ? follow(job) : undefined;
    },
    end(job, outcome, ms, followed) {
      const meter = meters.of(job.path);
      meter.inFlight -= 1;
      observe(meter.attempt, ms / 1000);
      if (followed?.span) endSpan(followed.span, outcome);
      if (followed?.attempt) progress?.close(followed.attempt);
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
