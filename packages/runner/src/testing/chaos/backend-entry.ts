/**
 * A process that runs only the storm's backend. Its log is all that it keeps across a kill. Each runner calls it at its
 * own base URL, which begins with the name of the runner's process.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { append, readLog } from './backend-log.ts';
import { type Behaviour, behaviourOf } from './behaviour.ts';
import { rerunOf } from './invariants.ts';

export interface BackendArgument {
  readonly seed: number;
  readonly log: string;
  readonly port: number;
  /** Answer everything with 200 at once. */
  readonly calm: boolean;
}

const { seed, log, port, calm }: BackendArgument = JSON.parse(String(process.argv[2]));
const life = randomUUID();
const done = new Set(readLog(log).flatMap((line) => (line.kind === 'effect' ? [line.key] : [])));
let calls = 0;

const server = createServer((request, response) => void take(request, response));
server.listen(port, '127.0.0.1', () => {
  append(log, { kind: 'born', life, at: Date.now() });
  process.send?.((server.address() as AddressInfo).port);
});
process.on('disconnect', () => process.exit());

async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const job = String(request.headers['x-job-id']);
  const key = String(request.headers['idempotency-key']);
  const attempt = Number(request.headers['x-job-attempt']);
  const call = ++calls;
  const runner = String(request.url).split('/')[1] ?? '';
  append(log, { kind: 'call', life, call, job, key, attempt, process: runner, at: Date.now() });
  response.once('close', () => {
    const how = response.writableFinished ? String(response.statusCode) : 'cut';
    append(log, { kind: 'end', life, call, how, at: Date.now() });
  });
  process.send?.({ called: job });
  request.resume();
  const behaviour = behaviourOf(seed, job, rerunOf(job, key) ?? 0, attempt);
  await behave(calm ? { kind: 'answer', status: 200, afterMs: 0 } : behaviour, { job, key }, response);
}

async function behave(behaviour: Behaviour, work: { job: string; key: string }, response: ServerResponse) {
  switch (behaviour.kind) {
    case 'hang':
      return;
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'busy': {
      const soon = behaviour.retryAfter === 'seconds' ? '1' : new Date(Date.now() + 1_000).toUTCString();
      answer(response, 429, {}, { 'retry-after': soon });
      return;
    }
    case 'answer-lost':
      act(work);
      response.socket?.resetAndDestroy();
      return;
    case 'answer':
      if (behaviour.afterMs > 0) await delay(behaviour.afterMs);
      if (response.destroyed) return;
      if (behaviour.status === 200) act(work);
      answer(response, behaviour.status, behaviour.status === 200 ? { done: work.key } : { error: behaviour.status });
  }
}

/** Has its effect once for each key, whatever happens. */
function act({ job, key }: { job: string; key: string }): void {
  if (done.has(key)) return;
  append(log, { kind: 'effect', job, key, at: Date.now() });
  done.add(key);
}

function answer(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}
