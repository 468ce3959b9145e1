import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createFixture, eventually, type Fixture, inTurn, status } from '../testing/fixture.ts';

let fixture: Fixture;

beforeAll(async () => {
  fixture = await createFixture();
});
afterEach(() => fixture.reset());
afterAll(() => fixture.close());

const parents = (): string[][] => fixture.backend.calls.map(({ headers }) => String(headers.traceparent).split('-'));

test('puts the attempts of a job into one trace without an SDK, marked as not recorded', async () => {
  fixture.backend.answer(inTurn(status(503), status(200)));
  await fixture.run();
  await fixture.becomes(await fixture.database.insert(), { status: 'success' });
  const [first, second] = parents();
  expect(first).toEqual(['00', expect.stringMatching(/^[0-9a-f]{32}$/), expect.stringMatching(/^[0-9a-f]{16}$/), '00']);
  expect(second?.[1]).toBe(first?.[1]);
  expect(second?.[2]).not.toBe(first?.[2]);
});

describe('with an SDK', () => {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });

  beforeAll(() => {
    trace.setGlobalTracerProvider(provider);
  });
  afterAll(async () => {
    trace.disable();
    await provider.shutdown();
  });

  test('records each attempt as a consumer span that the backend continues', async () => {
    fixture.backend.answer(inTurn(status(503, { message: 'not now' }), status(200)));
    await fixture.run();
    const id = await fixture.database.insert();
    await fixture.becomes(id, { status: 'success' });
    const spans = await eventually(() => {
      const finished = exporter.getFinishedSpans();
      expect(finished).toHaveLength(2);
      return finished;
    });
    for (const span of spans) {
      expect(span).toMatchObject({
        name: 'deliver job',
        kind: SpanKind.CONSUMER,
        attributes: {
          'messaging.operation.type': 'process',
          'messaging.destination.name': 'job',
          'messaging.message.id': String(id),
          'spookify.backend': 'api',
          'spookify.route': '/spookify',
        },
      });
    }
    expect(
      spans.map(({ attributes, status: { code } }) => [
        attributes['spookify.attempt'],
        attributes['spookify.outcome'],
        attributes['error.type'],
        code,
      ]),
    ).toEqual([
      [1, 'retry', 'http_503', SpanStatusCode.ERROR],
      [2, 'success', undefined, SpanStatusCode.UNSET],
    ]);
    expect(parents()).toEqual(spans.map((span) => ['00', span.spanContext().traceId, span.spanContext().spanId, '01']));
    expect(new Set(spans.map((span) => span.spanContext().traceId)).size).toBe(1);
  });
});
