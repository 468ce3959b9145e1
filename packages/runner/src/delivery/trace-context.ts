/*
 * The trace of a job, following W3C Trace Context.
 *
 * Rows created by clients carry no trace, so a job's trace is derived from its id. On any runner, and however often the
 * job is delivered, its attempts are siblings in one trace, under a parent that is never recorded.
 */
import { hash, randomUUID } from 'node:crypto';
import type { SpanContext } from '@opentelemetry/api';

/** The value of `TraceFlags.SAMPLED`, repeated here to avoid loading the API. */
const SAMPLED = 1;

export interface JobTrace {
  readonly traceId: string;
  /** The span id of the parent that all attempts share. */
  readonly parentId: string;
}

/** @param job the id of the job */
export function traceOf(job: string): JobTrace {
  const digest = hash('sha256', job, 'hex');
  return { traceId: digest.slice(0, 32), parentId: digest.slice(32, 48) };
}

/**
 * Returns the header that a backend continues: the span of the attempt. Without a span, it is the job's trace with a
 * random span id and the flag for "not recorded". A one-shot hash and a UUID from Node's internal pool take a tenth of
 * the time of `createHash` and `randomBytes`.
 *
 * @param job the id of the job
 */
export function traceparent(job: string, span: SpanContext | undefined): string {
  if (span) return `00-${span.traceId}-${span.spanId}-${(span.traceFlags & SAMPLED) === 0 ? '00' : '01'}`;
  const chance = randomUUID();
  return `00-${traceOf(job).traceId}-${chance.slice(0, 8)}${chance.slice(28)}-00`;
}
