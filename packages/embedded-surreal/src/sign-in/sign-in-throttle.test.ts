import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSignInThrottle, type ThrottleClock } from './sign-in-throttle.ts';

/** A clock that the test moves. */
class VirtualClock implements ThrottleClock {
  #now = 0;
  readonly #timers = new Set<{ readonly at: number; readonly callback: () => void }>();

  now = (): number => this.#now;

  later = (milliseconds: number, callback: () => void): (() => void) => {
    const timer = { at: this.#now + milliseconds, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  pause = (milliseconds: number): Promise<void> => new Promise((resolve) => void this.later(milliseconds, resolve));

  /** Advances the time and runs everything that is due on the way. */
  async pass(milliseconds: number): Promise<void> {
    const until = this.#now + milliseconds;
    for (;;) {
      // Callbacks continue in microtasks and may set new timers.
      await new Promise((resolve) => setImmediate(resolve));
      const [next] = [...this.#timers].sort((one, other) => one.at - other.at);
      if (next === undefined || next.at > until) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
    }
    this.#now = until;
  }
}

const WORK_MS = 57;

interface Try {
  readonly address?: string;
  readonly accounts?: readonly string[];
  readonly identifiesOneUser?: boolean;
  readonly failures?: number;
  readonly isDisconnected?: () => boolean;
}

function start() {
  const clock = new VirtualClock();
  const throttle = createSignInThrottle(clock);
  /** An attempt with a right or wrong password. Returns when it was answered, and how. */
  const attempt = async (password: 'right' | 'wrong', more: Try = {}) => {
    const whole = {
      address: 'a',
      accounts: ['ada'],
      identifiesOneUser: false,
      failures: 0,
      isDisconnected: () => false,
      ...more,
    };
    const work = async () => {
      await clock.pause(WORK_MS);
      return password;
    };
    const result = await throttle.attempt(whole, work, (answer) => answer === 'wrong');
    return { result, at: clock.now() };
  };
  const fail = async (times: number, more: Try = {}) => {
    for (let count = 0; count < times; count += 1) {
      const failed = attempt('wrong', more);
      await clock.pass(1000);
      expect((await failed).result).toBe('wrong');
    }
  };
  return { clock, throttle, attempt, fail };
}

/** How long an attempt that starts now takes until its answer. */
async function timeOf({ clock, attempt }: ReturnType<typeof start>, more: Try = {}): Promise<number> {
  const before = clock.now();
  const made = attempt('wrong', more);
  await clock.pass(5000);
  return (await made).at - before;
}

describe('the sign-in throttle', () => {
  it('allows ten failures of an identity, then delays its attempts more and more', async () => {
    const { clock, attempt } = start();
    const guesses = Array.from({ length: 16 }, () => attempt('wrong'));
    await clock.pass(5000);
    const times = (await Promise.all(guesses)).map(({ at }) => at - WORK_MS);
    expect(times.slice(0, 10)).toEqual([0, 0, 57, 57, 114, 114, 171, 171, 228, 228]);
    expect(times.slice(10).map((time, index) => time - (times[index + 9] ?? 0))).toEqual([57, 50, 100, 200, 400, 500]);
  });

  it('counts an identity over all addresses, and each of its values', async () => {
    const throttle = start();
    for (let count = 0; count < 20; count += 1) {
      await throttle.fail(1, { address: `address ${count}`, accounts: ['ada', `extra ${count}`] });
    }
    const guesses = [1, 2].map(() => throttle.attempt('wrong', { address: 'fresh', accounts: ['other', 'ada'] }));
    await throttle.clock.pass(5000);
    const [first, second] = await Promise.all(guesses);
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBe(500);
  });

  it('counts the failures and sign-ups of an address, but allows it ten attempts a second', async () => {
    const throttle = start();
    for (let count = 0; count < 25; count += 1) {
      await throttle.fail(1, { accounts: [`name ${count}`] });
      await throttle.fail(1, { accounts: [] });
    }
    const attempts = ['x', 'y', 'z'].map((name) => throttle.attempt('right', { accounts: [name] }));
    await throttle.clock.pass(5000);
    const [first, second, third] = (await Promise.all(attempts)).map(({ at }) => at);
    // The pause begins with the first attempt. A success removes its own failure but not the pause.
    expect([(second ?? 0) - (first ?? 0), (third ?? 0) - (second ?? 0)]).toEqual([100, 100]);
    expect(await timeOf(throttle, { address: 'b', accounts: ['x'] })).toBe(WORK_MS);
  });

  it('does not reset the count of one account by a success of another', async () => {
    const throttle = start();
    await throttle.fail(15);
    const own = throttle.attempt('right', { accounts: ['mallory', 'ada'] });
    await throttle.clock.pass(5000);
    expect((await own).result).toBe('right');
    const guesses = [1, 2].map(() => throttle.attempt('wrong'));
    await throttle.clock.pass(5000);
    const [first, second] = await Promise.all(guesses);
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBe(500);
  });

  it('does not delay a user who has signed in from the address before, until ten failures', async () => {
    const throttle = start();
    const home = { address: 'home', identifiesOneUser: true };
    const first = throttle.attempt('right', home);
    await throttle.clock.pass(1000);
    await first;
    await throttle.fail(30, { address: 'elsewhere' });
    const flood = Array.from({ length: 10 }, () => throttle.attempt('wrong', { address: 'elsewhere' }));
    expect(await timeOf(throttle, home)).toBeLessThan(2 * WORK_MS);
    await Promise.all(flood);
    await throttle.fail(10, home);
    const paced = [1, 2].map(() => throttle.attempt('wrong', home));
    await throttle.clock.pass(5000);
    const [one, other] = await Promise.all(paced);
    expect((other?.at ?? 0) - (one?.at ?? 0)).toBe(500);
  });

  it('resets an account after a minute without attempts', async () => {
    const throttle = start();
    await throttle.fail(20);
    await throttle.clock.pass(60_000);
    expect(await timeOf(throttle)).toBe(WORK_MS);
    expect(throttle.throttle.size.accounts).toBe(2);
  });

  it('drops an attempt whose client has disconnected, and answers one that has waited too long', async () => {
    const { clock, attempt, throttle } = start();
    let isDisconnected = false;
    const guesses = Array.from({ length: 16 }, (_, index) =>
      attempt('wrong', { isDisconnected: () => isDisconnected && index > 1 }),
    );
    isDisconnected = true;
    await clock.pass(1000);
    expect((await Promise.all(guesses)).filter(({ result }) => result !== undefined)).toHaveLength(2);
    expect(throttle.size.waiting).toBe(0);

    const many = Array.from({ length: 900 }, (_, index) =>
      attempt('wrong', { address: `many ${index}`, accounts: ['ben'] }),
    );
    await clock.pass(31_000);
    const answers = await Promise.all(many);
    expect(Math.max(...answers.map(({ at }) => at))).toBeLessThanOrEqual(31_100);
    expect(answers.some(({ result }) => result === undefined)).toBe(true);
  });

  it('refuses the attempt with the most failures when too many wait in a line, from an address, or in total', async () => {
    const { clock, attempt } = start();
    const line = Array.from({ length: 68 }, (_, failures) => attempt('wrong', { failures }));
    const address = Array.from({ length: 270 }, (_, index) =>
      attempt('wrong', { address: 'b', accounts: [`${index}`] }),
    );
    await clock.pass(0);
    const refusals = async (attempts: Promise<{ result: unknown; at: number }>[]) => {
      const settled = await Promise.all(attempts.map((one) => Promise.race([one, { result: 'waits', at: 0 }])));
      return settled.flatMap(({ result }, index) => (result === undefined ? [index] : []));
    };
    expect(await refusals(line)).toEqual([66, 67]);
    const guesses = Array.from({ length: 80 }, (_, index) =>
      attempt('wrong', { address: 'g', accounts: ['grace', `password ${index}`] }),
    );
    await clock.pass(0);
    expect((await refusals(guesses)).length).toBeGreaterThan(0);
    expect(await refusals(address)).toHaveLength(14);
    const all = Array.from({ length: 1200 }, (_, index) =>
      attempt('wrong', { address: `c ${index}`, accounts: ['x'] }),
    );
    await clock.pass(0);
    expect((await refusals(address)).length).toBeGreaterThan(100);
    await clock.pass(120_000);
    await Promise.all([...line, ...guesses, ...address, ...all]);
  });
});

describe('the sign-in throttle during any flood', () => {
  /** Four addresses, with attempts for a few shared identities and attempts for a new identity each. */
  const floods = fc.array(
    fc.record({
      address: fc.nat(3),
      account: fc.oneof(fc.nat(5), fc.integer({ min: 6, max: 999 })),
      failures: fc.nat(3),
      pause: fc.constantFrom(0, 0, 0, 0, 0, 10, 200),
    }),
    { minLength: 60, maxLength: 150 },
  );
  /** The time for one attempt of each address. */
  const TURN = WORK_MS * 5;

  it.each([
    ['another address', { address: 'home', accounts: ['ada'] }, () => 2 * TURN],
    ['another address and the same identity', { address: 'home', accounts: ['account 0'] }, () => 5 * (500 + TURN)],
    [
      'the same address and another identity',
      { address: 'address 0', accounts: ['ada'] },
      (identities: number) => (identities + 2) * (100 + TURN),
    ],
  ])(
    'lets the right password from %s in within a bounded time',
    (_what, honest, bound) =>
      fc.assert(
        fc.asyncProperty(floods, fc.nat(59), async (flood, when) => {
          const { clock, attempt } = start();
          const guess = async ({ address, account, failures, pause }: (typeof flood)[number]) => {
            void attempt('wrong', { address: `address ${address}`, accounts: [`account ${account}`], failures });
            if (pause > 0) await clock.pass(pause);
          };
          for (const one of flood.slice(0, when)) await guess(one);
          const since = clock.now();
          const answered = attempt('right', honest);
          for (const one of flood.slice(when)) await guess(one);
          await clock.pass(300_000);
          const { result, at } = await answered;
          expect(result).toBe('right');
          const own = flood.filter(({ address }) => address === 0).map(({ account }) => account);
          expect(at - since).toBeLessThan(bound(new Set(own).size));
        }),
        { numRuns: 50 },
      ),
    120_000,
  );
});
