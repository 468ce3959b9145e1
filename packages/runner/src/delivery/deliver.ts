import type { SpanContext } from '@opentelemetry/api';
import { Pool } from 'undici';
import type { RunnerBackend } from '../backends.ts';
import { attemptOf, idempotencyKey, type Job } from '../job.ts';
import type { AbortHandle } from './abort-handle.ts';
import { type Answer, readContent } from './answer.ts';
import { type CallEnd, startCall } from './call.ts';
import { createTargets } from './target.ts';
import { traceparent } from './trace-context.ts';
import { explainFailure } from './unanswered.ts';

/** The limits of one call, besides its timeout. */
export interface DeliveryLimits {
  /** To establish a connection, in milliseconds. Default: 5,000. */
  readonly connectTimeoutMs: number;
  /** Between two chunks of an answer's body, in milliseconds. Default: 10,000. */
  readonly bodyTimeoutMs: number;
  /** For an answer's body, as received and after decompression. A longer body is not read. Default: 65,536. */
  readonly maxAnswerBytes: number;
}

/** What a call sends about its attempt, besides the job. */
export interface AttemptContext {
  /** The span that records the attempt. Default: the job's trace, marked as not recorded. */
  readonly span?: SpanContext | undefined;
  /** Where the backend can report progress, and with which token. Default: no progress reports. */
  readonly progress?: ProgressAddress | undefined;
}

/** The URL and the token of one attempt's progress reports. */
export interface ProgressAddress {
  readonly url: string;
  readonly bearer: string;
}

/** The calls of one backend. */
export interface Delivery {
  /**
   * Calls the backend once for this job. Never rejects. `abortHandle` ends the call at once, and its cause becomes the
   * answer's. The timeout of the job, or of the backend, covers everything from the connection to the last byte.
   */
  deliver(job: Job, abortHandle: AbortHandle, context?: AttemptContext): Promise<Answer>;
  /** Closes every connection, including those in use. */
  close(): Promise<void>;
}

/** Creates a pool of keep-alive connections to one backend, one per concurrent call. Redirects are not followed. */
export function createDelivery(backend: RunnerBackend, limits: DeliveryLimits): Delivery {
  const { origin, host } = new URL(backend.baseUrl);
  const resolve = createTargets(backend);
  const token = backend.token?.reveal();
  const pool = new Pool(origin, {
    connections: backend.concurrency,
    pipelining: 1,
    connect: { timeout: limits.connectTimeoutMs },
    // The attempt's own timer is exact; undici's timer has a resolution of half a second.
    headersTimeout: 0,
    bodyTimeout: limits.bodyTimeoutMs,
  });

  function deliver(job: Job, abortHandle: AbortHandle, context?: AttemptContext): Promise<Answer> {
    const { cause } = abortHandle;
    if (cause !== undefined) return Promise.resolve({ kind: 'aborted', cause });
    const target = resolve(job);
    if (target.kind === 'refused') return Promise.resolve(target);
    const { path, body } = target;
    const timeoutMs = job.timeoutMs ?? backend.timeoutMs;
    const options = { path, body, headers: headersOf(job, token, context), timeoutMs, maxBytes: limits.maxAnswerBytes };
    return new Promise((settle) => {
      const call = startCall(pool, options, (end) => settle(answerOf(end, abortHandle, timeoutMs)));
      abortHandle.onAbort(() => call.abort());
    });
  }

  function answerOf(end: CallEnd, { cause }: AbortHandle, timeoutMs: number): Answer {
    switch (end.kind) {
      case 'answered': {
        const { status, retryAfter } = end;
        const content = readContent(end, { maxBytes: limits.maxAnswerBytes, secret: token });
        return { kind: 'answered', status, ...(retryAfter !== undefined && { retryAfter }), ...content };
      }
      case 'aborted':
        return { kind: 'aborted', cause: cause ?? 'lost' };
      case 'timeout':
        return explainFailure(undefined, { host, timeoutMs, timedOut: true, ...limits });
      case 'error':
        if (cause !== undefined) return { kind: 'aborted', cause };
        return explainFailure(end.error, { host, timeoutMs, timedOut: false, ...limits });
    }
  }

  return { deliver, close: () => pool.destroy() };
}

function headersOf(
  job: Job,
  token: string | undefined,
  { span, progress }: AttemptContext = {},
): Record<string, string> {
  return {
    'content-type': 'application/json',
    accept: 'application/json',
    // Answers are short and mostly come from the same network: compressing them costs more than it saves.
    'accept-encoding': 'identity',
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    'idempotency-key': headerSafe(idempotencyKey(job)),
    'x-job-id': headerSafe(job.key),
    'x-job-attempt': String(attemptOf(job)),
    ...(job.assignedTo && { 'x-job-assigned-to': headerSafe(job.assignedTo.toString()) }),
    ...(job.createdBy && { 'x-job-created-by': headerSafe(job.createdBy.toString()) }),
    ...(progress && { 'x-job-progress-url': progress.url, 'x-job-progress-token': progress.bearer }),
    traceparent: traceparent(job.key, span),
  };
}

const SAFE = /^[\x20-\x24\x26-\x7e]*$/;

/** A record id may contain any character, a header only printable ASCII: other characters are percent-encoded. */
function headerSafe(text: string): string {
  if (SAFE.test(text)) return text;
  return text.replace(/[^\x20-\x24\x26-\x7e]/gu, (character) => encodeURIComponent(character.toWellFormed()));
}
