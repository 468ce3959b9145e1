import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Connection, createConnection } from '../connection.ts';
import { silentLogger } from '../logger.ts';
import { startDatabase, type TestDatabase } from '../testing/database.ts';
import { eventually } from '../testing/fixture.ts';
import { createNotifier, type NotifierOptions } from './notifier.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startDatabase('own process');
});
afterAll(() => database.close());

async function connect(): Promise<Connection> {
  const connection = createConnection(database.options, silentLogger, Math.random);
  onTestFinished(() => connection.close());
  await connection.open();
  return connection;
}

function start(connection: NotifierOptions['connection'], clock?: NotifierOptions['clock']) {
  const onWrite = vi.fn();
  const logger = { info: vi.fn(), warn: vi.fn() };
  const notifier = createNotifier({ connection, onWrite, logger, ...(clock && { clock }) });
  onTestFinished(() => notifier.stop());
  expect(notifier.signalled).toBe(false);
  notifier.start();
  notifier.start();
  return { notifier, onWrite, logger };
}

describe('the notifier', () => {
  it('wakes at the start and when another client has written, but not after writes of its own connection', async () => {
    const connection = await connect();
    const { notifier, onWrite } = start(connection);
    await eventually(() => expect(onWrite).toHaveBeenCalledTimes(1));
    expect(notifier.signalled).toBe(true);
    await connection.query('CREATE job SET path = "/spookify", payload = {}');
    // A signal of that write would have arrived by now.
    await connection.writeSignal(await connection.writeSignal(), 1);
    expect(onWrite).toHaveBeenCalledTimes(1);
    await database.insert();
    await eventually(() => expect(onWrite).toHaveBeenCalledTimes(2));
  });

  it('is not signalled while the database is away, and wakes when it is back', async () => {
    const { notifier, onWrite, logger } = start(await connect());
    await eventually(() => expect(notifier.signalled).toBe(true));
    await database.stop();
    await eventually(() => expect(notifier.signalled).toBe(false));
    const { length } = onWrite.mock.calls;
    await database.start();
    await eventually(() => expect(onWrite.mock.calls.length).toBeGreaterThan(length));
    expect(notifier.signalled).toBe(true);
    expect([logger.info.mock.calls, logger.warn.mock.calls]).toEqual([[], []]);
  });

  it('asks at most four times a second while the database is away', async () => {
    const connection = await connect();
    await connection.close();
    const asked = vi.fn(() => connection.writeSignal());
    const pauses: number[] = [];
    const clock = stepByStep(pauses);
    start({ writeSignal: asked, connected: false }, clock);
    for (let turn = 1; turn <= 5; turn += 1) {
      await eventually(() => expect(pauses).toHaveLength(turn));
      expect(asked).toHaveBeenCalledTimes(turn);
      clock.step();
    }
    expect(new Set(pauses)).toEqual(new Set([250]));
  });

  it('asks a server without a write signal every 30 seconds, logs it once, and keeps no timer after its stop', async () => {
    const pauses: number[] = [];
    const clock = stepByStep(pauses);
    const { notifier, onWrite, logger } = start({ writeSignal: async () => undefined, connected: true }, clock);
    await eventually(() => expect(pauses).toEqual([30_000]));
    clock.step();
    await eventually(() => expect(pauses).toEqual([30_000, 30_000]));
    expect(notifier.signalled).toBe(false);
    expect(onWrite).not.toHaveBeenCalled();
    expect(logger.info).toHaveBeenCalledTimes(1);
    expect(clock.pausing).toBe(1);
    notifier.stop();
    notifier.stop();
    await eventually(() => expect(clock.pausing).toBe(0));
    expect(pauses).toHaveLength(2);
  });

  it('warns once about a signal that fails for another reason, and continues', async () => {
    const connection = await connect();
    let isRefused = true;
    const writeSignal = (since?: number) =>
      isRefused ? Promise.reject(new Error('Too many requests wait')) : connection.writeSignal(since);
    const pauses: number[] = [];
    const clock = stepByStep(pauses);
    const { onWrite, logger } = start({ writeSignal, connected: true }, clock);
    for (let turn = 1; turn <= 3; turn += 1) {
      await eventually(() => expect(pauses).toHaveLength(turn));
      isRefused = turn < 3;
      clock.step();
    }
    await eventually(() => expect(onWrite).toHaveBeenCalledTimes(1));
    expect(logger.warn).toHaveBeenCalledTimes(1);
  });

  it('calls nothing after its stop, even if the pending request is answered', async () => {
    const connection = await connect();
    const asked = vi.fn(connection.writeSignal);
    const { notifier, onWrite } = start({ writeSignal: asked, connected: true });
    await eventually(() => expect(asked).toHaveBeenCalledTimes(2));
    notifier.stop();
    expect(notifier.signalled).toBe(false);
    await database.insert();
    await asked.mock.results[1]?.value;
    expect(onWrite).toHaveBeenCalledTimes(1);
    expect(asked).toHaveBeenCalledTimes(2);
  });
});

/** A clock whose pauses end when the test says so, or when they are aborted. */
function stepByStep(pauses: number[]) {
  const ends = new Set<() => void>();
  return {
    now: () => 0,
    pause: (ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve) => {
        pauses.push(ms);
        const end = (): void => {
          ends.delete(end);
          resolve();
        };
        ends.add(end);
        signal?.addEventListener('abort', end);
      }),
    step() {
      for (const end of [...ends]) end();
    },
    get pausing() {
      return ends.size;
    },
  };
}
