import { Pool } from 'undici';
import { type AbortCause, type Answer, readJson } from './answer.ts';
import type { RunnerBackend } from './backends.ts';
import { attemptOf, idempotencyKey, type Job } from './job.ts';
import { traceparent } from './observe/trace.ts';
import { createTargets } from './target.ts';
import { explainFailure } from './unanswered.ts';

/** What one call may take, besides its time. */
export interface DeliveryLimits {
  /** To connect, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** Between two pieces of an answer's body, in milliseconds. */
  readonly bodyTimeoutMs: number;
  /** Of an answer that is read; a longer one counts as having no body. */
  readonly maxAnswerBytes: number;
}

export interface Delivery {
  /**
   * Calls the backend once for this job; never rejects. `signal` ends the call at once, its reason being the cause.
   * The job's timeout, or the backend's, bounds it from the connection to the last byte.
   *
   * @param extra headers of this attempt alone, in small letters; they go before the runner's own of the same name
   */
  deliver(job: Job, signal: AbortSignal, extra?: Readonly<Record<string, string>>): Promise<Answer>;
  /** Ends every connection, also those in use. */
  close(): Promise<void>;
}

/** Keep-alive connections to one backend, as many as it may have calls. Redirects are not followed. */
export function createDelivery(backend: RunnerBackend, limits: DeliveryLimits): Delivery {
  const { origin, host } = new URL(backend.baseUrl);
  const resolve = createTargets(backend);
  const token = backend.token?.reveal();
  const pool = new Pool(origin, {
    connections: backend.concurrency,
    pipelining: 1,
    connect: { timeout: limits.connectTimeoutMs },
    // The attempt's own timer is exact; undici's ticks every half second.
    headersTimeout: 0,
    bodyTimeout: limits.bodyTimeoutMs,
  });

  async function deliver(job: Job, signal: AbortSignal, extra?: Readonly<Record<string, string>>): Promise<Answer> {
    if (signal.aborted) return { kind: 'aborted', cause: causeOf(signal) };
    const target = resolve(job);
    if (target.kind === 'refused') return target;

    const timeoutMs = job.timeoutMs ?? backend.timeoutMs;
    const call = new AbortController();
    const timer = setTimeout(() => call.abort('timeout'), timeoutMs);
    const abort = (): void => call.abort('aborted');
    signal.addEventListener('abort', abort, { once: true });
    try {
      const { statusCode, headers, body } = await pool.request({
        method: 'POST',
        path: target.path,
        headers: headersOf(job, token, extra),
        body: target.body,
        signal: call.signal,
      });
      const json = await readJson(body, limits.maxAnswerBytes, token);
      const after = headers['retry-after'];
      return {
        kind: 'answered',
        status: statusCode,
        ...(typeof after === 'string' && { retryAfter: after }),
        ...(json !== undefined && { json }),
      };
    } catch (error) {
      if (signal.aborted) return { kind: 'aborted', cause: causeOf(signal) };
      return explainFailure(error, { host, timeoutMs, timedOut: call.signal.aborted, ...limits });
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    }
  }

  return { deliver, close: () => pool.destroy() };
}

function causeOf(signal: AbortSignal): AbortCause {
  const cause: unknown = signal.reason;
  return cause === 'cancelled' || cause === 'shutdown' ? cause : 'lost';
}

function headersOf(
  job: Job,
  token: string | undefined,
  extra: Readonly<Record<string, string>> | undefined,
): Record<string, string> {
  const id = job.id.toString();
  return {
    'content-type': 'application/json',
    accept: 'application/json',
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    'idempotency-key': headerSafe(idempotencyKey(job)),
    'x-job-id': headerSafe(id),
    'x-job-attempt': String(attemptOf(job)),
    ...(job.assignedTo && { 'x-job-assigned-to': headerSafe(job.assignedTo.toString()) }),
    ...(job.createdBy && { 'x-job-created-by': headerSafe(job.createdBy.toString()) }),
    ...extra,
    traceparent: extra?.traceparent ?? traceparent(id),
  };
}

/** A record's id may hold any character, a header only printable ASCII: the others are percent-encoded. */
function headerSafe(text: string): string {
  return text.replace(/[^\x20-\x24\x26-\x7e]/gu, (character) => encodeURIComponent(character.toWellFormed()));
}
