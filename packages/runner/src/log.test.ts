import { type Level, pino } from 'pino';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createFixture, type Fixture, inTurn, status } from './testing/fixture.ts';

let fixture: Fixture;

beforeAll(async () => {
  fixture = await createFixture();
});
afterEach(() => fixture.reset());
afterAll(() => fixture.close());

/**
 * What a runner logs at this level about the attempts of three jobs: one is retried, one fails, one succeeds at once.
 */
async function logOf(level: Level): Promise<Record<string, unknown>[]> {
  const lines: Record<string, unknown>[] = [];
  const logger = pino({ level, base: null }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  fixture.backend.answer(inTurn(status(503, { message: 'not now' }), status(200), status(400), status(200)));
  await fixture.run({ logger });
  for (const end of ['success', 'failed', 'success']) {
    await fixture.becomes(await fixture.database.insert(), { status: end });
  }
  return lines.filter(({ attempt }) => attempt !== undefined);
}

test('logs each attempt with its job, its number, its outcome and its duration', async () => {
  const lines = await logOf('info');
  expect(lines).toMatchObject([
    { msg: 'job retry', level: 30, attempt: 1, code: 'http_503', reason: 'The backend answered 503: not now' },
    { msg: 'job done', level: 30, attempt: 2, outcome: 'success', backend: 'api', path: '/spookify' },
    { msg: 'job failed', level: 40, attempt: 1, code: 'http_400' },
    { msg: 'job done', level: 30, attempt: 1 },
  ]);
  expect(lines[0]).toMatchObject({ retryInMs: expect.any(Number), durationMs: expect.any(Number) });
  expect(lines[0]?.job).toBe(lines[1]?.job);
});

test('logs why a result could not be kept', async () => {
  const lines: Record<string, unknown>[] = [];
  const logger = pino({ base: null }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  fixture.backend.answer((_, reply) => reply.header('content-encoding', 'spooky').send('boo'));
  await fixture.run({ logger });
  await fixture.becomes(await fixture.database.insert(), { status: 'success' });
  expect(lines).toContainEqual(expect.objectContaining({ msg: 'job done', unread: 'no JSON' }));
});

test('logs only failures at a higher level', async () => {
  expect(await logOf('warn')).toMatchObject([{ msg: 'job failed', code: 'http_400' }]);
});
