import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type AwaitWritesOptions, awaitWrites } from './await-writes.ts';
import { systemClock } from './clock.ts';
import type { Link } from './link.ts';
import { startTestDatabase, type TestDatabase } from './testing/database.ts';
import { startRelay } from './testing/relay.ts';

const PATIENCE = { timeout: 20_000, interval: 2 };

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.close());

async function open(url = database.url): Promise<Link> {
  const link = database.link({ url });
  await link.open();
  return link;
}

function start(link: AwaitWritesOptions['link'], options: Partial<AwaitWritesOptions> = {}) {
  const stopping = new AbortController();
  onTestFinished(() => stopping.abort());
  const onWrite = vi.fn();
  const onUnknown = vi.fn();
  const all = { link, signal: stopping.signal, pollMs: 5, retryMs: 5, onWrite, onUnknown, ...options };
  return { stopping, onWrite, onUnknown, ended: awaitWrites(all) };
}

describe('awaitWrites', () => {
  it('calls onWrite at the first answer and at each write of others, but not of its own link', async () => {
    const [link, other] = [await open(), await open()];
    const { onWrite, onUnknown } = start(link);
    await vi.waitFor(() => expect(onWrite).toHaveBeenCalledTimes(1), PATIENCE);
    for (let write = 0; write < 5; write += 1) await link.query('CREATE note');
    // By now a signal caused by its own writes would have arrived.
    await link.writeSignal(await link.writeSignal(), 1);
    expect(onWrite).toHaveBeenCalledTimes(1);
    await other.query('CREATE note');
    await vi.waitFor(() => expect(onWrite).toHaveBeenCalledTimes(2), PATIENCE);
    expect(onUnknown).not.toHaveBeenCalled();
  });

  it('misses no write of others while its own link writes too', async () => {
    const [link, other] = [await open(), await open()];
    let written = 0;
    let seen = 0;
    start(link, {
      onWrite: () => {
        seen = written;
      },
    });
    while (written < 300) {
      written += 1;
      await Promise.all([other.query('UPSERT note:other SET n = 1'), link.query('UPSERT note:own SET n = 1')]);
      // Each write must be seen, not only the last one.
      if (written % 10 === 0) await vi.waitFor(() => expect(seen).toBe(written), PATIENCE);
    }
  });

  it('reports a failed wait, and calls onWrite when the connection is back', async () => {
    const relay = await startRelay(database.url);
    const { onWrite, onUnknown } = start(await open(relay.url));
    await vi.waitFor(() => expect(onWrite).toHaveBeenCalledTimes(1), PATIENCE);
    relay.cut();
    await vi.waitFor(() => expect(onUnknown).toHaveBeenCalled(), PATIENCE);
    // It was lost during the wait, or away before the next wait.
    expect(onUnknown.mock.calls[0]).toMatchObject([{ code: expect.stringMatching(/^SPOOKY_LINK_(LOST|AWAY)$/) }]);
    await vi.waitFor(() => expect(onWrite).toHaveBeenCalledTimes(2), PATIENCE);
  });

  it('asks a server without a write signal again after each pause, and waits once it has one', async () => {
    const link = await open();
    let has = false;
    const pauses: number[] = [];
    const clock = {
      ...systemClock,
      pause: async (ms: number) => {
        pauses.push(ms);
        has = pauses.length >= 3;
      },
    };
    const some = { writeSignal: async (since?: number) => (has ? link.writeSignal(since) : undefined) };
    const { onWrite, onUnknown } = start(some, { clock, pollMs: 30_000 });
    await vi.waitFor(() => expect(onWrite).toHaveBeenCalledTimes(1), PATIENCE);
    expect(pauses.slice(0, 3)).toEqual([30_000, 30_000, 30_000]);
    expect(onUnknown.mock.calls).toEqual([[undefined], [undefined], [undefined]]);
  });

  it('pauses after each signal, so a busy writer causes few calls', async () => {
    const [link, other] = [await open(), await open()];
    const rest = Promise.withResolvers<void>();
    const pauses: number[] = [];
    const clock = {
      ...systemClock,
      pause: (ms: number) => {
        pauses.push(ms);
        return pauses.length === 1 ? rest.promise : Promise.resolve();
      },
    };
    const { onWrite } = start(link, { clock });
    await vi.waitFor(() => expect(pauses).toEqual([5]), PATIENCE);
    for (let write = 0; write < 20; write += 1) await other.query('CREATE note');
    expect(onWrite).toHaveBeenCalledTimes(1);
    rest.resolve();
    await vi.waitFor(() => expect(onWrite).toHaveBeenCalledTimes(2), PATIENCE);
  });

  it('ends immediately during a pause, ends with the link during a wait, and calls nothing afterwards', async () => {
    const idle = start({ writeSignal: async () => undefined }, { pollMs: 3_600_000 });
    await vi.waitFor(() => expect(idle.onUnknown).toHaveBeenCalledTimes(1), PATIENCE);
    idle.stopping.abort();
    await idle.ended;

    const link = await open();
    const waiting = start(link);
    await vi.waitFor(() => expect(waiting.onWrite).toHaveBeenCalledTimes(1), PATIENCE);
    waiting.stopping.abort();
    await link.close();
    await waiting.ended;
    expect(waiting.onUnknown).not.toHaveBeenCalled();
    expect(waiting.onWrite).toHaveBeenCalledTimes(1);
  });
});
