/**
 * Endless password guesses and sign-ups: other users keep their speed and can sign in, and no spelling resets the
 * count.
 */
import type { Surreal } from 'surrealdb';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { SurrealServer } from '../server.ts';
import { connectGuest, connectRoot, root, startTestServer } from '../testing/database.ts';
import { applyFixture, place } from '../testing/fixture.ts';
import { basic } from '../testing/http-client.ts';
import { type RawAnswer, RawClient } from '../testing/raw-client.ts';

async function start() {
  const server = await startTestServer();
  const owner = await connectRoot(server.url);
  await applyFixture(owner);
  const grace = await connectGuest(server.url);
  await grace.signup({ ...place, access: 'account', variables: { name: 'grace', pass: 'grace-1' } });
  return { server, owner };
}

type Guess = (client: RawClient, count: number) => Promise<RawAnswer>;

const here = { ns: 'app', db: 'app', ac: 'account' };
const unsigned = (claims: object): string =>
  ['{"alg":"HS512","typ":"JWT"}', JSON.stringify(claims), 'x']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');

/** Guesses at one identity, each with another spelling or an extra field. */
const guesses: readonly (readonly [what: string, guess: Guess])[] = [
  ['a root name', (raw, count) => raw.call('signin', [{ user: 'root', pass: `wrong ${count}` }])],
  ['an extra field', (raw, count) => raw.call('signin', [{ user: 'root', pass: 'wrong', [`extra ${count}`]: 'x' }])],
  ['a record user', (raw, count) => raw.call('signin', [{ ...here, name: 'grace', pass: `wrong ${count}` }])],
  [
    'a record user with an extra field',
    (raw, count) => raw.call('signin', [{ ...here, name: 'grace', pass: 'x', more: `${count}` }]),
  ],
  [
    'a name that the engine does not know',
    (raw, count) => raw.call('signin', [{ user: 'root', pass: 'wrong', namespace: `${count}` }]),
  ],
  [
    'a token with a password and a claim like an access',
    (raw, count) =>
      raw.call('refresh', [{ access: unsigned({ user: 'root', pass: `${count}`, access: 'x' }), refresh: 'x' }]),
  ],
  [
    'a token with a password',
    (raw, count) => raw.call('refresh', [{ access: unsigned({ user: 'root', pass: `${count}` }), refresh: 'x' }]),
  ],
];

describe('guesses at one identity', () => {
  it.each(guesses)(
    'share one failure count: %s',
    async (_what, guess) => {
      const { server } = await start();
      // Separate connections, because requests of one session wait for each other.
      const clients = await Promise.all(Array.from({ length: 90 }, () => RawClient.connect(server.url)));
      const refusals: string[] = [];
      const answers = clients.map(async (raw, count) => {
        const { error } = await guess(raw, count);
        if (error?.message.startsWith('Too many attempts to sign in')) refusals.push(error.message);
      });
      // Two attempts run and 64 wait for one identity. None would be refused if each guess had a separate account.
      await Promise.race([Promise.all(answers), vi.waitFor(() => expect(refusals).not.toEqual([]), 60_000)]);
      expect(refusals).not.toEqual([]);
    },
    120_000,
  );
});

describe('a flood', () => {
  /** Keeps eight clients guessing, over both transports, until the test ends. */
  function flood(server: SurrealServer, guess: Guess) {
    const stop = new AbortController();
    const made = { count: 0 };
    const guessers = Array.from({ length: 8 }, async (_, index) => {
      const raw = await RawClient.connect(server.url);
      while (!stop.signal.aborted) {
        made.count += 1;
        if (index % 2 === 0) await guess(raw, made.count);
        else await sql(server, 'wrong').then((response) => response.text());
      }
    });
    return { made, end: () => Promise.all([stop.abort(), ...guessers]) };
  }

  const sql = ({ host, port }: SurrealServer, password: string) =>
    fetch(`http://${host}:${port}/sql`, {
      method: 'POST',
      headers: { authorization: basic(root.username, password), accept: 'application/json' },
      body: 'RETURN 1',
    });

  const signUpAnybody: Guess = (raw, count) => raw.call('signup', [{ ...here, name: `eve ${count}`, pass: 'eve-1' }]);
  const guessAnybody: Guess = (raw, count) =>
    raw.call('signin', [{ ...here, name: `nobody ${count}`, pass: `wrong ${count}` }]);

  it.each([...guesses.slice(0, 3), ['sign-ups', signUpAnybody], ['other names', guessAnybody]] as const)(
    'does not slow others down or keep right passwords from the same address out: %s',
    async (_what, guess) => {
      const { server, owner } = await start();
      const { made, end } = flood(server, guess);
      await vi.waitFor(() => expect(made.count).toBeGreaterThan(8), 20_000);
      const before = made.count;
      for (let count = 0; count < 200; count += 1) await owner.query('RETURN 1');
      // One attempt costs as much as a hundred of these queries. Without the queue, only one query would be answered
      // between two attempts.
      expect(made.count - before).toBeLessThan(100);
      const guest: Surreal = await connectGuest(server.url);
      await guest.signin({ ...place, access: 'account', variables: { name: 'grace', pass: 'grace-1' } });
      await (await connectGuest(server.url)).signin(root);
      expect((await sql(server, root.password)).status).toBe(200);
      await end();
    },
    120_000,
  );

  // Linux accepts connections from every address of 127/8.
  it.skipIf(process.platform !== 'linux')(
    'from one address delays another address by a turn or two',
    async () => {
      const { server } = await start();
      const strangers = await Promise.all(Array.from({ length: 100 }, () => RawClient.connect(server.url)));
      const neighbour = await RawClient.connect(server.url, 'cbor', { localAddress: '127.0.0.2' });
      const order: string[] = [];
      const flood = strangers.map((raw, count) =>
        signUpAnybody(raw, count).then(({ result }) => result && order.push('sign-up')),
      );
      await Promise.race(flood);
      const before = order.length;
      await neighbour.call('signin', [{ ...here, name: 'grace', pass: 'grace-1' }]);
      order.push('grace');
      await Promise.all(flood);
      // Two attempts were running and one may have been next. Without turns per address, this one would have come last.
      expect(order.indexOf('grace') - before).toBeLessThan(10);
    },
    120_000,
  );

  it('is not delayed with `throttleSignIns: false`', async () => {
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
