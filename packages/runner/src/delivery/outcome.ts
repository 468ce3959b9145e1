import { attemptOf, type Job } from '../job.ts';
import type { Answer, Answered } from './answer.ts';
import { type BackoffPolicy, backoff, retryAfter } from './backoff.ts';

/** One entry of a job's `errors` (seed 000), safe to show to its owner. The database adds the time, `at`. */
export interface JobError {
  readonly attempt: number;
  readonly code: string;
  readonly reason: string;
}

/** What happens to a job after an attempt. */
export type Outcome =
  | { readonly kind: 'success'; readonly result: unknown }
  | { readonly kind: 'retry'; readonly delayMs: number; readonly error: JobError }
  | { readonly kind: 'failed'; readonly error: JobError }
  /** Back to pending, as if the job had never been called: a shutdown costs no retry. */
  | { readonly kind: 'released' }
  /** Nothing may be written: this runner is no longer sure that it owns the job. */
  | { readonly kind: 'lost' };

/** What a decision depends on besides the job and the answer. */
export interface Circumstances {
  readonly backoff: BackoffPolicy;
  readonly now: Date;
  /** In [0, 1). */
  readonly random: number;
}

/** A backend may ask for a longer delay than the backoff's cap, but for no more than one hour. */
const MAX_RETRY_AFTER_MS = 3_600_000;
const MAX_REASON_BYTES = 1024;
/** The limit for a problem's title, in characters. The rest of the reason is for its detail. */
const MAX_TITLE = 200;
/** 4xx statuses that a retry may fix: request timeout, conflict, too early, too many requests. */
const TRANSIENT_4XX: ReadonlySet<number> = new Set([408, 409, 425, 429]);

/** Decides the outcome of an attempt. Pure: the same job, answer and circumstances give the same outcome. */
export function decide(job: Job, answer: Answer, circumstances: Circumstances): Outcome {
  switch (answer.kind) {
    case 'aborted':
      if (answer.cause === 'shutdown') return { kind: 'released' };
      if (answer.cause === 'lost') return { kind: 'lost' };
      return cancelled(job);
    case 'refused':
      return failed(job, answer.code, answer.reason);
    case 'unanswered':
      return retry(job, jobError(job, answer.code, answer.reason), circumstances, 0);
    case 'answered':
      return decideStatus(job, answer, circumstances);
  }
}

/** The outcome of a job that its owner has cancelled. */
export function cancelled(job: Job): Outcome & { readonly kind: 'failed' } {
  return failed(job, 'cancelled', 'Cancelled by its owner.');
}

function decideStatus(job: Job, answer: Answered, circumstances: Circumstances): Outcome {
  const { status } = answer;
  if (status >= 200 && status < 300) return { kind: 'success', result: answer.json };
  const error = jobError(job, `http_${status}`, reasonOf(answer));
  const final = status < 500 && !TRANSIENT_4XX.has(status);
  if (final) return { kind: 'failed', error };
  return retry(job, error, circumstances, retryAfter(answer.retryAfter, circumstances.now) ?? 0);
}

function retry(job: Job, error: JobError, circumstances: Circumstances, atLeastMs: number): Outcome {
  if (job.retries >= job.maxRetries) return { kind: 'failed', error };
  const delay = backoff(job.retryStrategy, job.retries + 1, circumstances.backoff, circumstances.random);
  return { kind: 'retry', delayMs: Math.max(delay, Math.min(atLeastMs, MAX_RETRY_AFTER_MS)), error };
}

function failed(job: Job, code: string, reason: string): Outcome & { readonly kind: 'failed' } {
  return { kind: 'failed', error: jobError(job, code, reason) };
}

function reasonOf({ status, json, problem }: Answered): string {
  if (status >= 300 && status < 400)
    return `The backend answered with a redirect (${status}), which is never followed.`;
  const message = (problem && problemOf(json)) ?? messageOf(json);
  return message === undefined
    ? `The backend answered with status ${status}.`
    : `The backend answered ${status}: ${message}`;
}

/** Most frameworks answer `{ "message": … }`. Other fields are not meant for people. */
function messageOf(json: unknown): string | undefined {
  if (typeof json !== 'object' || json === null || !('message' in json)) return undefined;
  return nonEmptyText(json.message);
}

/** RFC 9457: `title` names the type of problem, `detail` describes this occurrence. */
function problemOf(json: unknown): string | undefined {
  if (typeof json !== 'object' || json === null) return undefined;
  const title = 'title' in json ? nonEmptyText(json.title) : undefined;
  const detail = 'detail' in json ? nonEmptyText(json.detail) : undefined;
  if (title === undefined || detail === undefined) return title ?? detail;
  // The title is cut before the two are joined, so that a long one does not push out the detail.
  return `${title.slice(0, MAX_TITLE)}: ${detail}`;
}

/** Returns trimmed, non-empty text; otherwise undefined. */
function nonEmptyText(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

function jobError(job: Job, code: string, reason: string): JobError {
  return { attempt: attemptOf(job), code, reason: toReason(reason) };
}

/** Returns one line of text, at most 1 KiB of UTF-8, without broken characters. */
export function toReason(text: string): string {
  // Cut first, so that a huge text costs nothing.
  const line = text
    .slice(0, MAX_REASON_BYTES)
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .toWellFormed();
  const bytes = Buffer.from(line, 'utf8');
  if (bytes.length <= MAX_REASON_BYTES && text.length <= MAX_REASON_BYTES) return line;
  const kept = bytes.subarray(0, MAX_REASON_BYTES - Buffer.byteLength('…')).toString('utf8');
  return `${kept.replace(/\uFFFD+$/, '')}…`;
}
