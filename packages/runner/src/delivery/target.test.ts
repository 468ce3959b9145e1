import fc from 'fast-check';
import { RecordId } from 'surrealdb';
import { describe, expect, test } from 'vitest';
import { createTargets } from './target.ts';

const takesId = { type: 'object', required: ['id'], properties: { id: { type: 'string' } } };
const routes = { '/spookify': { request: takesId }, '/nothing': { request: {} } };
const resolve = createTargets({ name: 'api', baseUrl: 'http://127.0.0.1:3660', routes });
const under = createTargets({ name: 'api', baseUrl: 'https://example.com/v1/', routes });
const payload = { id: 'thread:1' };

describe('a route of the spec', () => {
  test('leads to its path under the base path', () => {
    expect(resolve({ path: '/spookify', payload })).toEqual({
      kind: 'allowed',
      path: '/spookify',
      body: '{"id":"thread:1"}',
    });
    expect(under({ path: '/spookify', payload })).toMatchObject({ kind: 'allowed', path: '/v1/spookify' });
  });

  test.each([
    ['/café', '/caf%C3%A9'],
    ['/caf%c3%a9', '/caf%C3%A9'],
    ['/with space', '/with%20space'],
    ['/日本', '/%E6%97%A5%E6%9C%AC'],
    ['/messages:send', '/messages:send'],
    ['/[a]', '/%5Ba%5D'],
  ])('leads to the address of its path: %s to %s', (path, url) => {
    const one = { '/spookify': { request: {} }, [path]: { request: {} } };
    const target = createTargets({ name: 'api', baseUrl: 'https://example.com/v1', routes: one });
    expect(target({ path, payload: {} })).toMatchObject({ kind: 'allowed', path: `/v1${url}` });
    // The path of a job is the text of the spec. Its other forms are no routes.
    for (const other of new Set([url, encodeURI(path), decodeURI(url)])) {
      if (other !== path) expect(target({ path: other, payload: {} })).toMatchObject({ code: 'path_refused' });
    }
  });

  test('accepts only a payload that fits its schema', () => {
    expect(resolve({ path: '/spookify', payload: { id: 7 } })).toEqual({
      kind: 'refused',
      code: 'payload_refused',
      reason: 'The payload does not fit /spookify: id must be string.',
    });
    expect(resolve({ path: '/nothing', payload: {} })).toMatchObject({ kind: 'allowed' });
  });

  test('checks the payload as the backend will read it: a record id is a string', () => {
    const target = resolve({ path: '/spookify', payload: { id: new RecordId('thread', 'a') } });
    expect(target).toMatchObject({ kind: 'allowed', body: '{"id":"thread:a"}' });
  });
});

describe('refuses', () => {
  test.each([
    '',
    '/',
    'spookify',
    '/spookify/',
    '/Spookify',
    '/spookify?x=1',
    '/spookify#x',
    '/spookify/../spookify',
    '/../spookify',
    '/./spookify',
    '//evil.example/spookify',
    '\\\\evil.example\\spookify',
    '@evil.example/spookify',
    '/@evil.example',
    'http://evil.example/spookify',
    'https:/evil.example',
    '/%2e%2e/spookify',
    '/%2fevil.example',
    '/%73pookify',
    '/spookify%00',
    '/spookify\r\nHost: evil.example',
    '/spookify\u0000',
    '///evil.example/spookify',
    '/\\evil.example/spookify',
    '/\t/evil.example/spookify',
    ' /spookify',
    '/spookify ',
    '/spookify;x=1',
    '/spookify/.',
    '/spookify/..;/admin',
    '/spookify/%2e%2e/admin',
    '/%252e%252e/spookify',
    '/%c0%ae%c0%ae/spookify',
    '/..%2fspookify',
    '/..%5cspookify',
    '/spookif\u0443',
    '/\uff0e\uff0e/spookify',
    '\uff0fspookify',
    ':80/spookify',
    '.evil.example/spookify',
    'user:password@evil.example/spookify',
    'http:/spookify',
    'http:\\\\evil.example',
    'javascript:alert(1)',
    'data:,x',
    '/[::1]/spookify',
    '__proto__',
    'constructor',
    'toString',
  ])('%j', (path) => {
    expect(resolve({ path, payload })).toMatchObject({ kind: 'refused', code: 'path_refused' });
    expect(under({ path, payload })).toMatchObject({ kind: 'refused', code: 'path_refused' });
  });

  test('any string that is no route', () => {
    const piece = fc.constantFrom('/', '.', '..', '@', '%2e', '%2f', '\\', ':', '?', '#', 'spookify', 'evil.example');
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((pieces) => pieces.join('')),
        ),
        (path) => {
          const { kind } = resolve({ path, payload });
          expect(kind).toBe(path === '/spookify' || path === '/nothing' ? 'allowed' : 'refused');
        },
      ),
    );
  });

  test.each(['//evil.example', '/../x', '/%2e%2e/x', '/a\\..\\b', '/x?y', '/x#y', '@evil.example', '/x/{id}', '/%zz'])(
    'the route %j of a careless spec',
    (path) => {
      const careless = createTargets({
        name: 'api',
        baseUrl: 'https://example.com/v1',
        routes: { [path]: { request: {} } },
      });
      expect(careless({ path, payload: {} })).toMatchObject({ kind: 'refused' });
    },
  );

  test('a payload that is no JSON', () => {
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    expect(resolve({ path: '/nothing', payload: circular })).toMatchObject({ code: 'payload_refused' });
  });

  test('a long path with a shortened reason', () => {
    const target = resolve({ path: `/${'x'.repeat(5000)}`, payload });
    expect(target.kind === 'refused' && target.reason.length).toBeLessThan(300);
  });
});
