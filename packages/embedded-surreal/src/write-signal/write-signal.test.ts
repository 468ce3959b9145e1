import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Writer, WriteSignal } from './write-signal.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const newWriter = (): Writer => ({ ownWrites: 0 });
const other = newWriter();

const wait = (signal: WriteSignal, since: number | undefined, writer = newWriter()) =>
  signal.wait({ writer, since, timeoutMs: 30_000, onDisconnect: () => () => {} });

it('wakes no waiter for 250 ms after a thousand were woken, however much is written', async () => {
  const signal = new WriteSignal();
  const first = (await wait(signal, undefined)) ?? 0;
  const crowd = Array.from({ length: 1000 }, () => wait(signal, first));
  signal.raise(other);
  await vi.advanceTimersByTimeAsync(1);
  expect(new Set(await Promise.all(crowd))).toEqual(new Set([first + 1]));
  const woken = vi.fn();
  for (let waiter = 0; waiter < 1000; waiter += 1) void wait(signal, first + 1).then(woken);
  for (let write = 0; write < 500; write += 1) signal.raise(other);
  await vi.advanceTimersByTimeAsync(200);
  expect(woken).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(60);
  expect(woken).toHaveBeenCalledTimes(1000);
  expect(woken).toHaveBeenCalledWith(first + 501);
});

it('never loses a write during that pause', async () => {
  const signal = new WriteSignal();
  const first = (await wait(signal, undefined)) ?? 0;
  const crowd = Array.from({ length: 1000 }, () => wait(signal, first));
  signal.raise(other);
  await vi.advanceTimersByTimeAsync(1);
  await Promise.all(crowd);
  signal.raise(other);
  const late = wait(signal, first + 1);
  await vi.advanceTimersByTimeAsync(251);
  expect(await late).toBe(first + 2);
});

it('keeps no waiter after its timeout, its disconnect or the close', async () => {
  const signal = new WriteSignal();
  const value = await wait(signal, undefined);
  const late = wait(signal, value);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(await late).toBe(value);
  let leave = () => {};
  const gone = signal.wait({
    writer: newWriter(),
    since: value,
    timeoutMs: 30_000,
    onDisconnect: (cancel) => {
      leave = cancel;
      return () => {};
    },
  });
  await vi.advanceTimersByTimeAsync(0);
  expect(signal.waiting).toBe(1);
  leave();
  expect(await gone).toBe(value);
  const closed = wait(signal, value);
  signal.close();
  expect(await closed).toBe(value);
  expect(signal.waiting).toBe(0);
  expect(await wait(signal, value)).toBe(value);
});

it('does not wake a connection for its own write, and wakes the others', async () => {
  const signal = new WriteSignal();
  const [ada, bob] = [newWriter(), newWriter()];
  const first = (await wait(signal, undefined, ada)) ?? 0;
  const woken = vi.fn();
  void wait(signal, first, ada).then(woken);
  const bobs = wait(signal, first, bob);
  signal.raise(ada);
  await vi.advanceTimersByTimeAsync(10);
  expect(await bobs).toBe(first + 1);
  expect(woken).not.toHaveBeenCalled();
  expect(signal.waiting).toBe(1);
  signal.raise(ada);
  signal.raise(bob);
  await vi.advanceTimersByTimeAsync(10);
  expect(woken).toHaveBeenCalledWith(first + 1);
});

it('does not pause after a write that woke no waiter', async () => {
  const signal = new WriteSignal();
  const ada = newWriter();
  const first = await wait(signal, undefined, ada);
  const crowd = Array.from({ length: 1000 }, () => wait(signal, first, ada));
  signal.raise(ada);
  await vi.advanceTimersByTimeAsync(1);
  expect(signal.waiting).toBe(1000);
  signal.raise(other);
  await vi.advanceTimersByTimeAsync(1);
  expect(signal.waiting).toBe(0);
  await Promise.all(crowd);
});

it('never repeats a value to a connection after another one wrote, in random orders', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ by: fc.nat(2), isWrite: fc.boolean() }), { maxLength: 60 }),
      async (steps) => {
        const signal = new WriteSignal();
        const clients = await Promise.all(
          Array.from({ length: 3 }, async () => {
            const writer = newWriter();
            return { writer, known: (await wait(signal, undefined, writer)) ?? 0, missed: 0 };
          }),
        );
        for (const { by, isWrite } of steps) {
          const client = clients[by];
          if (client === undefined) continue;
          if (isWrite) {
            signal.raise(client.writer);
            for (const reader of clients) if (reader !== client) reader.missed += 1;
            continue;
          }
          const asked = signal.wait({
            writer: client.writer,
            since: client.known,
            timeoutMs: 5,
            onDisconnect: () => () => {},
          });
          await vi.advanceTimersByTimeAsync(5);
          const value = (await asked) ?? 0;
          expect(value - client.known).toBe(client.missed);
          Object.assign(client, { known: value, missed: 0 });
        }
      },
    ),
  );
});

it('wakes a connection that replaces one that wrote, or one that missed a write', async () => {
  const signal = new WriteSignal();
  const lost = newWriter();
  signal.raise(lost);
  const known = await wait(signal, undefined, lost);
  signal.raise(other);
  const next = newWriter();
  signal.raise(next);
  expect(await wait(signal, known, next)).not.toBe(known);
});
