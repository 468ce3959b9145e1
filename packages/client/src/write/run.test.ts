import { PAYLOAD_MAX_BYTES } from '@spookify/gateway/wire';
import { describe, expect, it } from 'vitest';
import { ClientError, Duration, RecordId } from '../index.ts';
import { payloadModuleOf } from '../testing/payload-module.ts';
import { schema } from '../testing/schema.ts';
import { payloadJson } from './json-form.ts';
import { checkPayload } from './payload-validation.ts';
import { runOf } from './run.ts';

const id = new RecordId('thread', 'abc');

async function failureOf(attempt: Promise<unknown>): Promise<ClientError> {
  const error = await attempt.then(
    () => new Error('It should have failed.'),
    (error: unknown) => error,
  );
  if (error instanceof ClientError) return error;
  throw error;
}

/** Checks a payload as `runOf` does for the route `/x`. */
async function check(request: Readonly<Record<string, unknown>>, payload: unknown): Promise<unknown> {
  const json = payloadJson('/x', payload);
  await checkPayload({ ...schema, payloads: () => payloadModuleOf({ api: { '/x': request } }) }, 'api', '/x', json);
  return json;
}

describe('runOf', () => {
  it('makes a job with the defaults and a generated id', async () => {
    expect(await runOf(schema, 'api', '/spookify', { id })).toEqual({
      kind: 'run',
      backend: 'api',
      path: '/spookify',
      id: { $r: ['job', expect.stringMatching(/^[a-z0-9]{20}$/)] },
      payload: { id: 'thread:abc' },
      options: { maxRetries: 3, retryStrategy: 'linear' },
    });
  });

  it('accepts all options', async () => {
    const options = { assignedTo: 'thread:abc', max_retries: 0, retry_strategy: 'exponential', timeout: 1500 } as const;
    const expected = {
      assignedTo: { $r: ['thread', 'abc'] },
      maxRetries: 0,
      retryStrategy: 'exponential',
      timeoutMs: 1500,
    };
    for (const same of [{}, { assignedTo: id }, { timeout: new Duration('1500ms') }]) {
      const write = await runOf(schema, 'api', '/spookify', { id: 'thread:abc' }, { ...options, ...same });
      expect(write).toMatchObject({ options: expected });
    }
  });

  it.each([
    [0, 0],
    [60_000, 60_000],
    [0.4, 0],
    [new Duration('5m'), 300_000],
    [new Duration('365d'), 31_536_000_000],
  ])('converts the delay %s to %i ms', async (delay, delayMs) => {
    expect(await runOf(schema, 'api', '/spookify', { id }, { delay })).toMatchObject({ options: { delayMs } });
  });

  it.each(['a', 'thread:abc', '👻'.repeat(255)])('accepts the unique key %s', async (uniqueKey) => {
    expect(await runOf(schema, 'api', '/spookify', { id }, { uniqueKey })).toMatchObject({ options: { uniqueKey } });
  });

  it('refuses a payload above the limit, with the limit in the message', async () => {
    const error = await failureOf(runOf(schema, 'api', '/spookify', { id: 'x'.repeat(20_000_000) }));
    expect(error).toMatchObject({
      code: 'SPOOKY_CLIENT_TOO_LARGE',
      message: expect.stringContaining(`at most ${PAYLOAD_MAX_BYTES}`),
    });
  });

  it.each([
    ['SPOOKY_CLIENT_UNKNOWN_BACKEND', 'web', '/spookify', {}],
    ['SPOOKY_CLIENT_UNKNOWN_BACKEND', 'toString', '/spookify', {}],
    ['SPOOKY_CLIENT_UNKNOWN_ROUTE', 'api', '/haunt', {}],
    ['SPOOKY_CLIENT_UNKNOWN_ROUTE', 'api', '/spookify/../admin', {}],
    ['SPOOKY_CLIENT_INVALID_OPTION', 'api', '/spookify', { max_retries: 26 }],
    ['SPOOKY_CLIENT_INVALID_OPTION', 'api', '/spookify', { max_retries: -1 }],
    ['SPOOKY_CLIENT_INVALID_OPTION', 'api', '/spookify', { max_retries: 1.5 }],
    ['SPOOKY_CLIENT_INVALID_OPTION', 'api', '/spookify', { retry_strategy: 'random' as 'linear' }],
    ['SPOOKY_CLIENT_INVALID_OPTION', 'api', '/spookify', { timeout: 99 }],
    ['SPOOKY_CLIENT_INVALID_OPTION', 'api', '/spookify', { timeout: Number.NaN }],
    ['SPOOKY_CLIENT_INVALID_OPTION', 'api', '/spookify', { delay: -1 }],
    ['SPOOKY_CLIENT_INVALID_OPTION', 'api', '/spookify', { delay: 31_536_000_001 }],
    ['SPOOKY_CLIENT_INVALID_OPTION', 'api', '/spookify', { delay: Number.NaN }],
    ['SPOOKY_CLIENT_INVALID_OPTION', 'api', '/spookify', { delay: '5m' as unknown as number }],
    ['SPOOKY_CLIENT_INVALID_OPTION', 'api', '/spookify', { uniqueKey: '' }],
    ['SPOOKY_CLIENT_INVALID_OPTION', 'api', '/spookify', { uniqueKey: 'x'.repeat(256) }],
    ['SPOOKY_CLIENT_INVALID_OPTION', 'api', '/spookify', { uniqueKey: '\ud83d' }],
    ['SPOOKY_CLIENT_INVALID_OPTION', 'api', '/spookify', { uniqueKey: id as unknown as string }],
    ['SPOOKY_CLIENT_INVALID_OPTION', 'api', '/spookify', { timeout: new Duration('2h') }],
    ['SPOOKY_CLIENT_INVALID_OPTION', 'api', '/spookify', { assignedTo: 'abc' as 'thread:abc' }],
  ])('throws %s for %s %s %j', async (code, backend, path, options) => {
    expect((await failureOf(runOf(schema, backend, path, { id }, options))).code).toBe(code);
  });
});

describe('checkPayload', () => {
  const request = {
    type: 'object',
    additionalProperties: false,
    required: ['id', 'tone'],
    properties: {
      id: { type: 'string' },
      tone: { type: 'string', enum: ['eerie', 'grim'] },
      words: { type: 'integer', minimum: 1 },
      guests: { type: 'array', items: { $ref: '#/$defs/guest' } },
    },
    $defs: { guest: { type: 'object', required: ['name'], properties: { name: { type: 'string' } } } },
  } as const;

  it('accepts what matches', async () => {
    await check(request, { id: 'thread:abc', tone: 'eerie', guests: [{ name: 'Ada', met: '1h' }] });
  });

  it('names every problem and its place', async () => {
    const payload = { tone: 'loud', words: 0, guests: [{}], extra: 1 };
    const error = await failureOf(check(request, payload));
    expect(error.code).toBe('SPOOKY_CLIENT_INVALID_PAYLOAD');
    const paths = error.issues.map(({ path }) => path);
    expect(new Set(paths)).toEqual(new Set(['', '/tone', '/words', '/guests/0', '/extra']));
    expect(error.message).toContain('id is missing; ');
  });

  it.each([[null], ['text'], [7], [[]]])('refuses %j instead of an object', async (payload) => {
    expect((await failureOf(check(request, payload))).code).toBe('SPOOKY_CLIENT_INVALID_PAYLOAD');
  });
});
