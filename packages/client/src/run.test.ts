import { describe, expect, it } from 'vitest';
import { ClientError, Duration, RecordId } from './index.ts';
import { checkPayload } from './payload.ts';
import { jobFor } from './run.ts';
import { schema } from './testing/schema.ts';

const id = new RecordId('thread', 'abc');

function failureOf(attempt: () => unknown): ClientError {
  try {
    attempt();
  } catch (error) {
    if (error instanceof ClientError) return error;
    throw error;
  }
  throw new Error('It should have failed.');
}

describe('jobFor', () => {
  it('makes the row of a job with the defaults', () => {
    expect(jobFor(schema, 'api', '/spookify', { id })).toEqual({
      table: 'job',
      fields: { path: '/spookify', payload: { id: 'thread:abc' }, max_retries: 3, retry_strategy: 'linear' },
    });
  });

  it('takes what was asked for', () => {
    const options = { assignedTo: id, max_retries: 0, retry_strategy: 'exponential', timeout: 1500 } as const;
    const { fields } = jobFor(schema, 'api', '/spookify', { id: 'thread:abc' }, options);
    expect(fields).toMatchObject({ assigned_to: id, max_retries: 0, retry_strategy: 'exponential' });
    expect(String(fields.timeout)).toBe('1s500ms');
  });

  it.each(['a', 'thread:abc', '👻'.repeat(255)])('takes the unique key %s', (uniqueKey) => {
    expect(jobFor(schema, 'api', '/spookify', { id }, { uniqueKey }).fields).toMatchObject({ unique_key: uniqueKey });
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
    ['SPOOKY_CLIENT_INVALID_OPTION', 'api', '/spookify', { uniqueKey: '' }],
    ['SPOOKY_CLIENT_INVALID_OPTION', 'api', '/spookify', { uniqueKey: 'x'.repeat(256) }],
    ['SPOOKY_CLIENT_INVALID_OPTION', 'api', '/spookify', { uniqueKey: '\ud83d' }],
    ['SPOOKY_CLIENT_INVALID_OPTION', 'api', '/spookify', { uniqueKey: id as unknown as string }],
    ['SPOOKY_CLIENT_INVALID_OPTION', 'api', '/spookify', { timeout: new Duration('2h') }],
  ])('says %s for %s %s %j', (code, backend, path, options) => {
    expect(failureOf(() => jobFor(schema, backend, path, { id }, options)).code).toBe(code);
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

  it('gives the JSON that the backend will get', () => {
    const payload = { id, tone: 'eerie', words: undefined, guests: [{ name: 'Ada', met: new Duration('1h') }] };
    expect(checkPayload('/x', request, payload)).toEqual({
      id: 'thread:abc',
      tone: 'eerie',
      guests: [{ name: 'Ada', met: '1h' }],
    });
  });

  it('names every problem and its place', () => {
    const payload = { tone: 'loud', words: 0, guests: [{}], extra: 1 };
    const error = failureOf(() => checkPayload('/x', request, payload));
    expect(error.code).toBe('SPOOKY_CLIENT_INVALID_PAYLOAD');
    const paths = error.issues.map(({ path }) => path);
    expect(new Set(paths)).toEqual(new Set(['', '/tone', '/words', '/guests/0', '/extra']));
    expect(error.message).toContain('"id"');
  });

  it.each([[undefined], [null], ['text'], [7], [[]]])('refuses %j instead of an object', (payload) => {
    expect(failureOf(() => checkPayload('/x', request, payload)).code).toBe('SPOOKY_CLIENT_INVALID_PAYLOAD');
  });

  it.each([
    ['a function', () => 1],
    ['a bigint', 1n],
    ['NaN', Number.NaN],
    ['a Map', new Map()],
  ])('refuses %s, which JSON does not have', (_, value) => {
    const error = failureOf(() => checkPayload('/x', true, { deep: [value] }));
    expect(error.issues).toMatchObject([{ path: '/deep/0' }]);
  });
});
