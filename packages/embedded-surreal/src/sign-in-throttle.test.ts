import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { codec } from './codec.ts';
import { signInName } from './sign-in-name.ts';
import { createSignInThrottle } from './sign-in-throttle.ts';
import { connectGuest, connectRoot, root, startTestServer } from './testing/database.ts';

const wrong = async () => 'wrong';
const right = async () => 'right';
const isFailure = (result: string) => result === 'wrong';

/** A throttle whose clock stands still and whose pauses end when they are told to. */
function start() {
  const pauses: { milliseconds: number; end: () => void }[] = [];
  const clock = { now: 0 };
  const pause = (milliseconds: number) =>
    new Promise<void>((end) => {
      pauses.push({ milliseconds, end });
    });
  const throttle = createSignInThrottle(() => clock.now, pause);
  const guess = (work: () => Promise<string>, failures = 0, kind = 'ada') =>
    throttle.attempt(kind, failures, work, isFailure);
  const failTen = async () => {
    for (let count = 0; count < 10; count += 1) await guess(wrong);
  };
  return { throttle, pauses, clock, guess, failTen };
}

describe('the throttle of sign-ins', () => {
  it('leaves ten failures free, then makes attempts stand in line with longer and longer pauses', async () => {
    const { guess, failTen, pauses } = start();
    await failTen();
    expect(pauses).toEqual([]);
    const waited: number[] = [];
    for (let count = 0; count < 6; count += 1) {
      const attempt = guess(wrong);
      waited.push(pauses[count]?.milliseconds ?? 0);
      pauses[count]?.end();
      expect(await attempt).toBe('wrong');
    }
    expect(waited).toEqual([50, 100, 200, 400, 500, 500]);
    expect(await guess(wrong, 0, 'ben'), 'another name').toBe('wrong');
    expect(pauses).toHaveLength(6);
  });

  it('lets a connection that has not failed go before those that have', async () => {
    const { guess, failTen, pauses } = start();
    await failTen();
    const order: string[] = [];
    const note = (name: string, result: string) => async () => {
      order.push(name);
      return result;
    };
    const all = [guess(note('first', 'wrong'), 9), guess(note('second', 'wrong'), 4), guess(note('owner', 'right'), 0)];
    for (let turn = 0; turn < 3; turn += 1) {
      await vi.waitFor(() => expect(pauses).toHaveLength(turn + 1));
      pauses[turn]?.end();
    }
    await Promise.all(all);
    expect(order).toEqual(['owner', 'second', 'first']);
  });

  it('clears the account by a success, or by a minute of silence', async () => {
    const { guess, failTen, pauses, clock, throttle } = start();
    await failTen();
    const attempt = guess(right);
    pauses[0]?.end();
    await attempt;
    await failTen();
    expect(pauses).toHaveLength(1);
    clock.now = 60_000;
    expect(await guess(wrong)).toBe('wrong');
    expect(pauses).toHaveLength(1);
    expect(throttle.size).toBe(1);
  });

  it('turns away those who have failed most when too many wait, and forgets the oldest account', async () => {
    const { guess, failTen, throttle } = start();
    await failTen();
    const all = Array.from({ length: 65 }, (_, failures) => guess(wrong, failures));
    expect(await all.at(-1)).toBeUndefined();
    for (let count = 0; count < 10_050; count += 1) await guess(right, 0, `name ${count}`);
    expect(throttle.size).toBeLessThanOrEqual(10_001);
  });

  it('knows whom somebody wants to be, whatever the guess', () => {
    const name = (credentials: object) => signInName(codec.encode([credentials]));
    expect(name({ user: 'ada', pass: '1' })).toBe(name({ user: 'ada', pass: '2' }));
    expect(name({ ac: 'account', variables: { username: 'ada', password: '1' } })).toBe(
      name({ ac: 'account', variables: { username: 'ada', password: '2' } }),
    );
    expect(name({ user: 'ada', pass: '1' })).not.toBe(name({ user: 'ben', pass: '1' }));
    expect(signInName(Uint8Array.of(0x81, 0x9f))).toBe(signInName(Uint8Array.of(0x81, 0x9e)));
  });
});

describe('a flood of guesses', () => {
  it('leaves others their speed, and lets the right password in, over WebSocket and HTTP', async () => {
    const { url } = await startTestServer();
    const other = await connectRoot(url);
    const stop = new AbortController();
    const basic = (password: string) => ({
      authorization: `Basic ${Buffer.from(`${root.username}:${password}`).toString('base64')}`,
    });
    const sql = (password: string) =>
      fetch(`${url.replace('ws:', 'http:').replace('/rpc', '')}/sql`, {
        method: 'POST',
        headers: { ...basic(password), accept: 'application/json' },
        body: 'RETURN 1',
      });
    let guesses = 0;
    const guessers = Array.from({ length: 8 }, async (_, index) => {
      const client = await connectGuest(url);
      while (!stop.signal.aborted) {
        guesses += 1;
        if (index % 2 === 0) await sql('wrong').then((response) => response.text());
        else await client.signin({ ...root, password: 'wrong' }).catch(() => {});
      }
    });
    await vi.waitFor(() => expect(guesses).toBeGreaterThan(8), 20_000);
    const before = guesses;
    for (let count = 0; count < 400; count += 1) await other.query('RETURN 1');
    // A guess costs as much as a hundred such queries; if none had to wait, one would be answered between any two.
    expect(guesses - before).toBeLessThan(100);
    await (await connectGuest(url)).signin(root);
    expect((await sql(root.password)).status).toBe(200);
    stop.abort();
    await Promise.all(guessers);
  }, 120_000);

  it('can be let through, for tests', async () => {
    const { url } = await startTestServer({ throttleSignIns: false });
    const client = await connectGuest(url);
    const pause = vi.spyOn(globalThis, 'setTimeout');
    onTestFinished(() => pause.mockRestore());
    for (let count = 0; count < 20; count += 1) {
      await client.signin({ ...root, password: 'wrong' }).catch(() => {});
    }
    expect(pause).not.toHaveBeenCalled();
  });
});
