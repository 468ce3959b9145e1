import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { PATIENCE } from '../testing/patience.ts';
import { type Progress, progressOf } from './progress.ts';

const closing: (() => Promise<unknown>)[] = [];
beforeEach(() => {
  // These tests do not test the time limit of a report.
  vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => new AbortController().signal);
});
afterEach(async () => {
  vi.restoreAllMocks();
  for (const close of closing.splice(0)) await close();
});

/** Starts a runner's server that gives these answers, and records the reports in order. */
async function startRunner(status: number, held: Promise<void> = Promise.resolve()) {
  const reports: { authorization: string | undefined; body: unknown }[] = [];
  const server: Server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    request.on('end', () => {
      reports.push({ authorization: request.headers.authorization, body: JSON.parse(text) });
      void held.then(() => response.writeHead(status, { location: '/elsewhere' }).end());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/progress/7`, reports };
}

/** The progress that a route gets for a call with these headers. */
async function progressFor(headers: Record<string, string>): Promise<Progress> {
  const app: FastifyInstance = Fastify();
  closing.push(() => app.close());
  const given = Promise.withResolvers<Progress>();
  app.get('/', async (request) => {
    given.resolve(progressOf(request));
    return {};
  });
  await app.inject({ url: '/', headers });
  return given.promise;
}

it('reports in order with the token of the attempt, and skips reports that are outdated before they are sent', async () => {
  const first = Promise.withResolvers<void>();
  const { url, reports } = await startRunner(204, first.promise);
  const progress = await progressFor({ 'x-job-progress-url': url, 'x-job-progress-token': 't' });
  progress.report(0.1, 'one');
  await vi.waitUntil(() => reports.length === 1, PATIENCE);
  progress.report(0.2, 'two');
  progress.report(0.3, 'three');
  first.resolve();
  await vi.waitUntil(() => reports.length === 2, PATIENCE);
  expect(reports).toEqual([
    { authorization: 'Bearer t', body: { value: 0.1, note: 'one' } },
    { authorization: 'Bearer t', body: { value: 0.3, note: 'three' } },
  ]);
});

it.each([409, 302, 500])('ignores the answer %i, and sends the token nowhere else', async (status) => {
  const { url, reports } = await startRunner(status);
  const progress = await progressFor({ 'x-job-progress-url': url, 'x-job-progress-token': 't' });
  progress.report(0.1, 'one');
  await vi.waitUntil(() => reports.length === 1, PATIENCE);
  progress.report(0.2, 'two');
  await vi.waitUntil(() => reports.length === 2, PATIENCE);
  expect(reports.map(({ body }) => body)).toEqual([
    { value: 0.1, note: 'one' },
    { value: 0.2, note: 'two' },
  ]);
});

it.each([
  {},
  { 'x-job-progress-url': 'http://127.0.0.1:1/' },
  { 'x-job-progress-url': 'file:///x', 'x-job-progress-token': 't' },
])('sends nothing without a valid progress address: %o', async (headers) => {
  const progress = await progressFor(headers);
  expect(() => progress.report(0.5, 'unheard')).not.toThrow();
});

it('reports directly to a runner on this machine, even if fetch uses a proxy', async () => {
  const { url, reports } = await startRunner(204);
  // What NODE_USE_ENV_PROXY=1 does: every request of the platform's fetch goes to the proxy, which is not there.
  vi.spyOn(globalThis, 'fetch').mockRejectedValue(new TypeError('fetch failed'));
  const progress = await progressFor({ 'x-job-progress-url': url, 'x-job-progress-token': 't' });
  progress.report(0.5, 'half');
  await vi.waitUntil(() => reports.length === 1, PATIENCE);
});

it('drops reports for an address that is not a URL', async () => {
  const progress = await progressFor({ 'x-job-progress-url': 'http://', 'x-job-progress-token': 't' });
  expect(() => progress.report(0.5, 'half')).not.toThrow();
});
