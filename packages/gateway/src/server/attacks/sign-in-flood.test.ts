import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LIMITS } from '../../limits.ts';
import { PASSWORD, startTestGateway, type TestGateway } from '../../testing/test-gateway.ts';

let test: TestGateway;
beforeAll(async () => {
  test = await startTestGateway({ limits: {} });
});
afterAll(() => test.close());

const body = (name: string, password: string) => ({ access: 'account', variables: { name, password } });
const from = (address: string) => ({ 'x-forwarded-for': address });

async function outcomes(responses: readonly Promise<Response>[]): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const response of await Promise.all(responses)) {
    const { code = 'ok' } = (await response.json()) as { code?: string };
    counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  return counts;
}

describe('a flood of sign-ins', () => {
  it("is limited by address, while other users' sockets and writes continue", async () => {
    const socket = await test.connect(await test.signUp('writer'));
    const flood = outcomes(
      Array.from({ length: 300 }, (_, index) =>
        test.post('sign-in', body(`x${index}`, 'guess-of-a-password'), from('10.1.1.1')),
      ),
    );
    for (let index = 0; index < 20; index += 1) {
      const write = { kind: 'create', id: { $r: ['project', `flood-${index}`] }, fields: { title: 'x' } };
      expect(await socket.write(write)).toMatchObject({ type: 'written' });
    }
    const counts = await flood;
    expect(counts.get('SPOOKY_GATEWAY_BUSY')).toBeGreaterThanOrEqual(270);
    expect([...counts.keys()].every((code) => /BUSY|INVALID_CREDENTIALS/.test(code))).toBe(true);
    const another = await test.post('sign-in', body('writer', PASSWORD), from('10.2.2.2'));
    expect(another.status).toBe(200);
  });

  it('is answered with the time to wait', async () => {
    const responses = await Promise.all(Array.from({ length: 40 }, () => test.post('sign-in', {}, from('10.3.3.3'))));
    const late = responses.at(-1);
    expect(late?.status).toBe(429);
    expect(await late?.json()).toEqual({
      code: 'SPOOKY_GATEWAY_BUSY',
      message: expect.stringContaining('try again in'),
      retryInMs: expect.any(Number),
    });
  });

  it('gets no new allowance by a forged address', async () => {
    const responses = await Promise.all(
      Array.from({ length: 40 }, (_, index) => test.post('sign-in', {}, from(`10.9.9.${index}, 10.4.4.4`))),
    );
    expect(responses.filter(({ status }) => status === 429)).toHaveLength(10);
  });

  it('against one account locks out only the attacker', async () => {
    await test.signUp('target');
    const guesses = Array.from({ length: 14 }, (_, index) => index);
    const codes: unknown[] = [];
    for (const index of guesses) {
      const name = index % 2 === 0 ? 'target' : ' TARGET ';
      codes.push(
        (
          (await (await test.post('sign-in', body(name, `guess-${index}`), from('10.5.5.5'))).json()) as {
            code: string;
          }
        ).code,
      );
    }
    expect(codes.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 'SPOOKY_GATEWAY_INVALID_CREDENTIALS'));
    expect(codes.slice(10)).toEqual(Array.from({ length: 4 }, () => 'SPOOKY_GATEWAY_BUSY'));
    expect((await test.post('sign-in', body('target', PASSWORD), from('10.5.5.5'))).status).toBe(429);
    expect((await test.post('sign-in', body('target', PASSWORD), from('10.6.6.6'))).status).toBe(200);
  });
});

describe('a guess at the password of one account', () => {
  it('is counted also if several wait in the queue together', async () => {
    await test.signUp('queued');
    const { failuresPerMinute, signInsAtOnce, signInsWaitingPerAddress } = LIMITS.session;
    const together = signInsAtOnce + signInsWaitingPerAddress;
    const counts = await outcomes(
      Array.from({ length: together }, (_, index) =>
        test.post('sign-in', body('queued', `guess-${index}`), from('10.8.8.8')),
      ),
    );
    // Sign-ins that were already running when the limit was reached finish as well.
    const most = failuresPerMinute + signInsAtOnce - 1;
    expect(counts.get('SPOOKY_GATEWAY_INVALID_CREDENTIALS')).toBeLessThanOrEqual(most);
    expect(counts.get('SPOOKY_GATEWAY_BUSY')).toBeGreaterThanOrEqual(together - most);
  });
});

describe('a request body', () => {
  it('is refused before the database sees it if it is too large, too deep or not JSON', async () => {
    const headers = from('10.7.7.7');
    const bodies = [
      ['{', 400],
      ['', 400],
      ['[]', 400],
      ['null', 400],
      [JSON.stringify(body('x', 'y'.repeat(70_000))), 413],
      [`{"access":"account","variables":{"name":${'['.repeat(5_000)}${']'.repeat(5_000)}}}`, 400],
      ['{"access":"account","variables":{"__proto__":{"name":"x"}}}', 400],
      ['{"access":"account","variables":{"name":{"$fn":"x"}}}', 400],
    ] as const;
    for (const [text, status] of bodies) {
      const response = await test.post('sign-in', text, headers);
      expect(response.status, text.slice(0, 40)).toBe(status);
      const answer = await response.text();
      expect(answer).toMatch(/^\{"code":"SPOOKY_GATEWAY_/);
      expect(answer).not.toMatch(/at .*\.ts|node_modules|FST_/);
    }
  });
});
