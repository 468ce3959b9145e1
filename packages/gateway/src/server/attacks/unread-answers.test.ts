/** Small writes to a large row, from a client that does not read: each answer is the whole row and stays in memory. */
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { scrape } from '../../testing/status-server.ts';
import { startTestGateway, type TestGateway } from '../../testing/test-gateway.ts';
import type { TestSocket } from '../../testing/test-socket.ts';

const WAIT = { timeout: 30_000, interval: 10 };
const ROW_BYTES = 250_000;
const AT_ONCE = 16;
/** The system's buffers take some megabytes, and the gateway one. Far beyond that, the answers are in its memory. */
const ANSWERS_MAX = 160;

let test: TestGateway;
let socket: TestSocket;
beforeAll(async () => {
  test = await startTestGateway({ status: {} });
  socket = await test.connect(await test.signUp('ada'));
});
afterAll(() => test.close());

const id = { $r: ['task', 'large'] };

async function answered(): Promise<{ ok: number; busy: number }> {
  const samples = await scrape(test.gateway);
  return {
    ok: samples['writes_total{result="ok"}'] ?? 0,
    busy: samples['writes_total{result="SPOOKY_GATEWAY_BUSY"}'] ?? 0,
  };
}

it('are refused and not made until the client has read', async () => {
  const project = { $r: ['project', 'p'] };
  await socket.write({ kind: 'create', id: project, fields: { title: 'x' } });
  await socket.write({ kind: 'create', id, fields: { title: 'x', project, extra: 'x'.repeat(ROW_BYTES) } });
  const before = await answered();
  socket.socket.pause();
  const writes: ReturnType<TestSocket['write']>[] = [];
  let { ok, busy } = before;
  while (busy === before.busy && writes.length < ANSWERS_MAX) {
    for (let count = 0; count < AT_ONCE; count += 1) {
      writes.push(socket.write({ kind: 'update', id, fields: { position: writes.length } }));
    }
    await vi.waitFor(async () => {
      ({ ok, busy } = await answered());
      expect(ok + busy - before.ok - before.busy).toBe(writes.length);
    }, WAIT);
  }
  expect(busy).toBeGreaterThan(before.busy);
  const stored = await test.owner.query('SELECT VALUE position FROM ONLY task:large');

  socket.socket.resume();
  const answers = await Promise.all(writes);
  // Writes to one row are made in order. What was refused was not made.
  expect(stored).toBe(answers.findLastIndex(({ type }) => type === 'written'));
  const refused = answers.filter(({ type }) => type === 'refused');
  expect(refused).toHaveLength(busy - before.busy);
  for (const answer of refused) {
    expect(answer).toMatchObject({ error: { code: 'SPOOKY_GATEWAY_BUSY', retryInMs: expect.any(Number) } });
  }
  expect(await socket.write({ kind: 'update', id, fields: { position: -1 } })).toMatchObject({ type: 'written' });
  socket.close();
});
