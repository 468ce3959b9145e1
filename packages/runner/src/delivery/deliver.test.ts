import type { RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import { RecordId } from 'surrealdb';
import { describe, expect, test, vi } from 'vitest';
import { deliveryTo, http, raw } from '../testing/delivery.ts';
import { aJob } from '../testing/job.ts';
import { AbortHandle } from './abort-handle.ts';

const never = new AbortHandle();

describe('the call', () => {
  test('sends the payload, the token and the headers of the job', async () => {
    const seen = Promise.withResolvers<{ method: unknown; url: unknown; headers: unknown; body: string }>();
    const url = await http((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        seen.resolve({ method: request.method, url: request.url, headers: request.headers, body });
        response.setHeader('content-type', 'application/json').end('{"writer":"offline"}');
      });
    });
    const job = aJob({
      retries: 2,
      assignedTo: new RecordId('thread', 'a'),
      createdBy: new RecordId('user', 'ada'),
      reruns: 1,
    });
    const answer = await deliveryTo(`${url}/v1`).deliver(job, never);
    expect(answer).toEqual({ kind: 'answered', status: 200, json: { writer: 'offline' } });
    expect(await seen.promise).toMatchObject({
      method: 'POST',
      url: '/v1/spookify',
      body: '{"id":"thread:a"}',
      headers: {
        authorization: 'Bearer s3cret',
        'content-type': 'application/json',
        'accept-encoding': 'identity',
        'idempotency-key': 'job:a:1',
        'x-job-id': 'job:a',
        'x-job-attempt': '3',
        'x-job-assigned-to': 'thread:a',
        'x-job-created-by': 'user:ada',
        traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/),
      },
    });
  });

  test('sends the span to continue, and where to report progress', async () => {
    const seen = Promise.withResolvers<unknown>();
    const url = await http((request, response) => {
      seen.resolve(request.headers);
      response.end();
    });
    const span = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 };
    const progress = { url: 'http://127.0.0.1:3667/progress/1', bearer: 'for-one-attempt' };
    await deliveryTo(url).deliver(aJob(), never, { span, progress });
    expect(await seen.promise).toMatchObject({
      traceparent: `00-${span.traceId}-${span.spanId}-01`,
      'x-job-progress-url': progress.url,
      'x-job-progress-token': progress.bearer,
    });
  });

  test('encodes ids of any characters as printable headers', async () => {
    const seen = Promise.withResolvers<unknown>();
    const url = await http((request, response) => {
      seen.resolve(request.headers['x-job-id']);
      response.end();
    });
    const id = new RecordId('job', 'gh\u00f6st\r\nx: y%👻\ud800');
    expect(await deliveryTo(url).deliver(aJob({ id }), never)).toMatchObject({ status: 200 });
    expect(await seen.promise).toMatch(/^[\x20-\x7e]+$/);
  });

  test('reuses connections', async () => {
    const sockets = new Set<Socket>();
    const url = await http((request, response) => {
      sockets.add(request.socket);
      response.end('{}');
    });
    const delivery = deliveryTo(url);
    for (let call = 0; call < 20; call += 1) await delivery.deliver(aJob(), never);
    // A connection may not be free yet at the moment when its answer has been read.
    expect(sockets.size).toBeLessThanOrEqual(2);
  });
});

describe('deliver', () => {
  test('sends nothing for a path that is no route', async () => {
    const listener = vi.fn();
    const url = await http(listener);
    for (const path of ['/other', '//evil.example/spookify', '@evil.example', '/../spookify', '/%2e%2e/spookify']) {
      expect(await deliveryTo(url).deliver(aJob({ path }), never)).toMatchObject({
        kind: 'refused',
        code: 'path_refused',
      });
    }
    expect(listener).not.toHaveBeenCalled();
  });

  test('does not follow a redirect, so the token does not leak', async () => {
    const elsewhere = vi.fn<RequestListener>((_, response) => response.end());
    const other = await http(elsewhere);
    const url = await http((_, response) => response.writeHead(307, { location: `${other}/spookify` }).end());
    expect(await deliveryTo(url).deliver(aJob(), never)).toMatchObject({ kind: 'answered', status: 307 });
    expect(elsewhere).not.toHaveBeenCalled();
  });
});

describe('an answer', () => {
  test.each([
    ['empty', '', {}],
    ['no JSON', 'boo', { unread: 'no JSON' }],
    ['incomplete JSON', '{"writer":', { unread: 'no JSON' }],
    ['too long', JSON.stringify('x'.repeat(5000)), { unread: 'too long' }],
    ['too deep', '['.repeat(200) + ']'.repeat(200), { unread: 'too deep' }],
  ])('has no JSON if it is %s', async (_, body, content) => {
    const url = await http((_request, response) => response.end(body));
    expect(await deliveryTo(url).deliver(aJob(), never)).toEqual({ kind: 'answered', status: 200, ...content });
  });

  test('is not read to its end if it has 10 MB', async () => {
    const closed = Promise.withResolvers<boolean>();
    const url = await http((_, response) => {
      response.on('close', () => closed.resolve(response.writableFinished));
      response.end(Buffer.alloc(10_000_000, 'x'));
    });
    expect(await deliveryTo(url).deliver(aJob(), never)).toMatchObject({ status: 200, unread: 'too long' });
    expect(await closed.promise).toBe(false);
  });

  test('reports its Retry-After', async () => {
    const url = await http((_, response) => response.writeHead(429, { 'retry-after': '7' }).end());
    expect(await deliveryTo(url).deliver(aJob(), never)).toMatchObject({ status: 429, retryAfter: '7' });
  });

  test('does not keep the token if it repeats it', async () => {
    const url = await http((request, response) =>
      response.writeHead(500).end(JSON.stringify({ message: `bad ${request.headers.authorization}` })),
    );
    expect(await deliveryTo(url).deliver(aJob(), never)).toMatchObject({ json: { message: 'bad Bearer [redacted]' } });
  });
});

describe('without an answer', () => {
  test('reports a refused connection', async () => {
    expect(await deliveryTo('http://127.0.0.1:1').deliver(aJob(), never)).toEqual({
      kind: 'unanswered',
      code: 'backend_unreachable',
      reason: 'The backend at 127.0.0.1:1 refused the connection.',
    });
  });

  test.each([
    ['closes the connection at once', '', 'closed the connection before it had answered.'],
    [
      'closes the connection within its headers',
      'HTTP/1.1 200 OK\r\nContent-',
      'closed the connection before it had answered.',
    ],
    [
      'closes the connection within its body',
      'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"a":',
      'closed the connection before it had answered.',
    ],
    ['speaks another protocol', 'SSH-2.0-OpenSSH_9.6\r\n', 'answered with something that is not HTTP.'],
  ])('reports a backend that %s', async (_, bytes, reason) => {
    const url = await raw(bytes, true);
    expect(await deliveryTo(url).deliver(aJob(), never)).toEqual({
      kind: 'unanswered',
      code: 'backend_unreachable',
      reason: `The backend at ${new URL(url).host} ${reason}`,
    });
  });

  test.each([
    ['sends nothing', ''],
    ['stops in its body', 'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"a":'],
  ])('times out when a backend %s', async (_, bytes) => {
    const url = await raw(bytes, false);
    expect(await deliveryTo(url).deliver(aJob({ timeoutMs: 100 }), never)).toEqual({
      kind: 'unanswered',
      code: 'backend_timeout',
      reason: `The backend at ${new URL(url).host} did not answer within 100 ms.`,
    });
  });

  test('aborts the call, and the backend notices', async () => {
    const arrived = Promise.withResolvers<void>();
    const gone = Promise.withResolvers<void>();
    const url = await http((_, response) => {
      response.on('close', () => gone.resolve());
      arrived.resolve();
    });
    const abortHandle = new AbortHandle();
    const answer = deliveryTo(url).deliver(aJob(), abortHandle);
    await arrived.promise;
    abortHandle.abort('cancelled');
    expect(await answer).toEqual({ kind: 'aborted', cause: 'cancelled' });
    await gone.promise;
  });
});
