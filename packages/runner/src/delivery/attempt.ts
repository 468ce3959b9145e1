import type { RunnerBackend } from '../backends.ts';
import { attemptOf, type Job, type ParsedJob } from '../job.ts';
import type { Logger } from '../logger.ts';
import type { BackendObserver } from '../observe/backend-observer.ts';
import type { Settings } from '../options.ts';
import type { ProgressEndpoint } from '../progress/endpoint.ts';
import type { AbortHandle } from './abort-handle.ts';
import type { Answer } from './answer.ts';
import { createDelivery } from './deliver.ts';
import { decide, type Outcome } from './outcome.ts';

/** Makes one attempt: delivers the job, decides the outcome, and reports it to the log and to metrics. */
export interface AttemptExecutor {
  /** @param fetchedAt when the job was fetched, on the clock of `performance.now()` */
  execute(parsed: ParsedJob, abortHandle: AbortHandle, fetchedAt: number): Promise<Outcome>;
  /** Closes every connection to the backend. */
  close(): Promise<void>;
}

export function createAttemptExecutor(
  backend: RunnerBackend,
  settings: Settings,
  progress: ProgressEndpoint | undefined,
  observer: BackendObserver,
  logger: Logger,
): AttemptExecutor {
  const delivery = createDelivery(backend, settings);
  const secret = backend.token?.reveal();

  function logAttempt(job: Job, answer: Answer, outcome: Outcome, durationMs: number): void {
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
      ...(answer.kind === 'answered' && answer.unread && { unread: answer.unread }),
    };
    if (outcome.kind === 'failed') logger.warn(details, 'job failed');
    else logger.info(details, outcome.kind === 'success' ? 'job done' : `job ${outcome.kind}`);
  }

  return {
    async execute(parsed, abortHandle, fetchedAt) {
      const { job } = parsed;
      const startedAt = performance.now();
      const span = observer.begin(job, startedAt - fetchedAt);
      const reports = progress?.open(job, secret);
      const answer: Answer = parsed.ok
        ? await delivery.deliver(job, abortHandle, { span: span?.spanContext(), progress: reports })
        : { kind: 'refused', code: parsed.code ?? 'job_unreadable', reason: parsed.reason };
      reports?.close();
      const circumstances = { backoff: settings.backoff, now: new Date(), random: settings.random() };
      const outcome = decide(job, answer, circumstances);
      const durationMs = performance.now() - startedAt;
      observer.end(job, outcome, durationMs, span);
      if (logger.isLevelEnabled(outcome.kind === 'failed' ? 'warn' : 'info'))
        logAttempt(job, answer, outcome, durationMs);
      return outcome;
    },
    close: () => delivery.close(),
  };
}
