import type { RunnerBackend } from './backends.ts';
import { createDelivery } from './deliver.ts';
import type { Hold } from './hold.ts';
import { attemptOf, type ParsedJob } from './job.ts';
import type { Logger } from './logger.ts';
import type { LaneWatch } from './observe/lane-watch.ts';
import type { Settings } from './options.ts';
import { decide, type Outcome } from './outcome.ts';

/** One delivery and what is decided about it, told to the log and to who watches. */
export interface AttemptMaker {
  make(parsed: ParsedJob, hold: Hold): Promise<Outcome>;
  /** Ends every connection to the backend. */
  close(): Promise<void>;
}

export function createAttemptMaker(
  backend: RunnerBackend,
  settings: Settings,
  watch: LaneWatch,
  logger: Logger,
): AttemptMaker {
  const delivery = createDelivery(backend, settings);

  function tell({ job }: ParsedJob, outcome: Outcome, durationMs: number): void {
    const error = outcome.kind === 'retry' || outcome.kind === 'failed' ? outcome.error : undefined;
    const details = {
      job: String(job.id),
      backend: backend.name,
      path: job.path,
      attempt: attemptOf(job),
      outcome: outcome.kind,
      durationMs: Math.round(durationMs),
      ...(error && { code: error.code, reason: error.reason }),
      ...(outcome.kind === 'retry' && { retryInMs: outcome.delayMs }),
    };
    if (outcome.kind === 'failed') logger.warn(details, 'job failed');
    else logger.info(details, outcome.kind === 'success' ? 'job done' : `job ${outcome.kind}`);
  }

  return {
    async make(parsed, hold) {
      const { job } = parsed;
      const startedAt = performance.now();
      const followed = watch.begin(job);
      const answer = parsed.ok
        ? await delivery.deliver(job, hold, followed?.headers)
        : ({ kind: 'refused', code: 'job_unreadable', reason: parsed.reason } as const);
      const circumstances = { backoff: settings.backoff, now: new Date(), random: settings.random() };
      const outcome = decide(job, answer, circumstances);
      const durationMs = performance.now() - startedAt;
      watch.end(job, outcome, durationMs, followed);
      if (logger.isLevelEnabled(outcome.kind === 'failed' ? 'warn' : 'info')) tell(parsed, outcome, durationMs);
      return outcome;
    },
    close: () => delivery.close(),
  };
}
