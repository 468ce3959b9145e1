/** Records attempts as spans if the process has an OpenTelemetry SDK. Without one, no span is created. */
import {
  ProxyTracerProvider,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { Outcome } from '../delivery/outcome.ts';
import { traceOf } from '../delivery/trace-context.ts';
import { attemptOf, type Job } from '../job.ts';

/** Starts a span for one attempt. */
export type StartSpan = (job: Job) => Span;

/** An SDK must be registered before the runner is created; it is not looked up for each job. Undefined without one. */
export function findTracer(): Tracer | undefined {
  const provider = trace.getTracerProvider();
  if (provider instanceof ProxyTracerProvider) return provider.getDelegateTracer('@spookify/runner');
  return provider.getTracer('@spookify/runner');
}

/** Span names and attributes follow the semantic conventions for messaging. */
export function spansOf(tracer: Tracer, backend: { readonly name: string; readonly table: string }): StartSpan {
  const name = `deliver ${backend.table}`;
  return (job) => {
    const { traceId, parentId } = traceOf(job.id.toString());
    // Sampled, so that parent-based samplers record it; the others decide by the trace id.
    const parent = { traceId, spanId: parentId, traceFlags: TraceFlags.SAMPLED, isRemote: true };
    const attributes = {
      'messaging.system': 'spookify',
      'messaging.operation.type': 'process',
      'messaging.operation.name': 'deliver',
      'messaging.destination.name': backend.table,
      'messaging.message.id': job.id.toString(),
      'spookify.backend': backend.name,
      'spookify.route': job.path,
      'spookify.attempt': attemptOf(job),
    };
    return tracer.startSpan(name, { kind: SpanKind.CONSUMER, attributes }, trace.setSpanContext(ROOT_CONTEXT, parent));
  };
}

export function endSpan(span: Span, outcome: Outcome): void {
  span.setAttribute('spookify.outcome', outcome.kind);
  if (outcome.kind === 'retry' || outcome.kind === 'failed') {
    span.setAttribute('error.type', outcome.error.code);
    span.setStatus({ code: SpanStatusCode.ERROR, message: outcome.error.reason });
  }
  span.end();
}
